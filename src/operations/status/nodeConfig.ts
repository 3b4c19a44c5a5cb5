import type { Json, JsonObject, Role } from '../../deployment/deployment.ts';
import { shortDigest } from '../../files/digests.ts';
import { utc } from '../../files/durations.ts';
import { isMap } from '../../files/maps.ts';
import { blockYaml } from '../../rendering/yaml.ts';
import { printable } from '../../report/printable.ts';
import type { NodeName } from '../../topology/topology.ts';

/** What a node was started with. */
export interface NodeConfig {
  readonly node: NodeName;
  readonly host: string;
  readonly isRunning: boolean;
  /** Of its server. */
  readonly generation: string;
  /** The run in which that served first; null: not recorded. */
  readonly run: string | null;
  /** `user@machine`; null: not recorded. */
  readonly by: string | null;
  /** ISO 8601 */
  readonly at: string | null;
  /** Deployment file, as the machine that served it names it. */
  readonly file: string;
  readonly image: string;
  readonly overrides: readonly string[];
  /** The keys that concern the node, with overrides in their places; a secret is the name of its source. */
  readonly settings: JsonObject;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

const ROLES = ['prefill', 'decode', 'mixed'] as const;

/** A YAML document: what a node runs, below lines of comment that show where it comes from. */
export function nodeConfigText(config: NodeConfig): string {
  const { node, host, isRunning, generation, run, by, at, file, image, overrides, settings, files } = config;
  const served =
    run === null
      ? ''
      : `, which served first in run ${run}${by === null ? '' : ` by ${by}`}${at === null ? '' : ` at ${utc(at)}`}`;
  const head = [
    `${node} on ${host} ${isRunning ? 'runs' : 'does not run; it should run'} generation ${shortDigest(generation)}${served}`,
    `from ${file}${overrides.length === 0 ? '' : ` with ${overrides.map((each) => `-e ${each}`).join(' ')}`}`,
    `image ${image}`,
    ...files.map(({ path, sha256 }) => `file ${path} ${shortDigest(sha256)}`),
  ];
  return printable(blockYaml(head.join('\n'), settings));
}

/** The part of a deployment document that concerns a node: no other role, no other group. */
export function settingsOf(document: JsonObject, role: Role, group: string | null): JsonObject {
  const services = mapAt(document, 'services');
  const deployment = mapAt(document, 'deployment');
  const others = ROLES.filter((each) => each !== role);
  const without = (map: JsonObject, keys: readonly string[]) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
  const own = role === 'proxy' || group === null ? {} : { [role]: pick(mapAt(deployment, role), group) };
  const placed = role === 'proxy' ? pick(deployment, 'proxy') : own;
  return { deployment: { ...pick(deployment, 'defaults'), ...placed }, services: without(services, others) };
}

function pick(map: JsonObject, key: string): JsonObject {
  const value = map[key];
  return value === undefined ? {} : { [key]: value };
}

function mapAt(map: JsonObject, key: string): JsonObject {
  const value: Json | undefined = map[key];
  return isMap(value) ? (value as JsonObject) : {};
}
