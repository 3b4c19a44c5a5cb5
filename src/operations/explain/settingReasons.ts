import type { Deployment, JsonObject } from '../../deployment/deployment.ts';
import { DEVICES_ALIAS, DEVICES_KEY } from '../../deployment/devicesKey.ts';
import type { Positions } from '../../deployment/positions.ts';
import { type Field, fieldAt, keysFor } from '../../deployment/schema.ts';
import { isMap } from '../../files/maps.ts';
import type { Reasoned } from '../../topology/reasoned.ts';
import type { Node, Topology } from '../../topology/topology.ts';

type Reasons = Readonly<Record<string, Reasoned>>;

export interface Origin {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly positions: Positions;
}

/** Where keys may be written: maps from the weakest to the strongest, and what they are for. */
interface Places {
  readonly maps: readonly (readonly string[])[];
  /** Path of the schema whose keys are meant. */
  readonly schema: readonly (readonly string[])[];
  readonly defaults: JsonObject;
  /** In `default of prefill`. */
  readonly of: string;
}

export interface SettingReasons {
  /** That the file, or `-e`, sets. */
  readonly written: Reasons;
  readonly defaults: Reasons;
}

/** The value of every key that a node's servers or proxy have, with the place that sets it. */
export function settingReasons(node: Node, origin: Origin): SettingReasons {
  const places = node.role === 'proxy' ? proxyPlaces() : serverPlaces(node, origin.topology);
  const reasons = reasonsAt(places, origin);
  if (node.role === 'proxy') return reasons;
  return { ...reasons, written: { ...reasons.written, ...byExtraArgs(node.settings.extraArgs, reasons) } };
}

/** The same of the keys of `services`, which all nodes share. */
export function serviceReasons(origin: Origin): SettingReasons {
  const schema = [['services']];
  return reasonsAt({ maps: schema, schema, defaults: {}, of: 'services' }, origin);
}

function proxyPlaces(): Places {
  const proxy = ['deployment', 'proxy'];
  return { maps: [['deployment', 'defaults'], proxy], schema: [proxy], defaults: {}, of: 'the proxy' };
}

function serverPlaces(node: Exclude<Node, { role: 'proxy' }>, { instances }: Topology): Places {
  const { role, host } = node;
  const group = ['deployment', role, instances[node.instance]!.group.name];
  const ofRole = ['services', role];
  return {
    maps: [ofRole, ['deployment', 'defaults'], group, [...group, `host ${host}`]],
    schema: [ofRole, ['deployment', role, 'group1']],
    defaults: (fieldAt(ofRole)?.default ?? {}) as JsonObject,
    of: role,
  };
}

/** Keys that are maps of roles, hosts or secrets are explained elsewhere, or not at all. */
const ELSEWHERE = new Set(['hosts', 'prefill', 'decode', 'mixed', 'password', 'passphrase', 'api_key', 'mode', 'dump']);

function reasonsAt(places: Places, { deployment, positions }: Origin): SettingReasons {
  const written: Record<string, Reasoned> = {};
  const defaults: Record<string, Reasoned> = {};
  const document = deployment.source?.document ?? {};
  const visit = (path: readonly string[], fallback: JsonObject) => {
    for (const { key, field } of keysAt(places.schema, path, deployment.engine)) {
      const at = [...path, key];
      const value = Object.hasOwn(fallback, key) ? fallback[key] : field.default;
      if (ELSEWHERE.has(key) && path.length === 0) continue;
      if (isMapField(field)) {
        visit(at, isMap(value) ? (value as JsonObject) : {});
        continue;
      }
      const found = strongest(places, at, document, { deployment, positions });
      if (found !== null) written[at.join('.')] = found;
      else if (value !== undefined)
        defaults[at.join('.')] = { value: shown(value), because: defaultWords(field, value, places.of) };
    }
  };
  visit([], places.defaults);
  for (const [key, reason] of openEntries(places, document, { deployment, positions })) written[key] = reason;
  return { written, defaults };
}

interface KeyField {
  readonly key: string;
  readonly field: Field;
}

function keysAt(schema: Places['schema'], path: readonly string[], engine: string): readonly KeyField[] {
  const fields = schema.flatMap((root) => {
    const field = fieldAt([...root, ...path]);
    if (field === undefined) return [];
    return keysFor(field, engine).map((key): KeyField => ({ key, field: fieldAt([...root, ...path, key])! }));
  });
  const keys = new Set<string>(path.length === 0 ? [DEVICES_ALIAS] : []);
  return fields.filter(({ key }) => !keys.has(key) && keys.add(key));
}

/** With keys of its own; maps of free keys are listed as far as they are written. */
function isMapField(field: Field): boolean {
  return field.properties !== undefined || field.type === 'object';
}

type Lookup = Omit<Origin, 'topology'>;

/** `-e` goes before the file, whatever map it names. */
function strongest(places: Places, path: readonly string[], document: unknown, lookup: Lookup): Reasoned | null {
  const names = path[0] === DEVICES_KEY ? [[DEVICES_KEY], [DEVICES_ALIAS]] : [path];
  const found = places.maps.flatMap((map) =>
    names.flatMap((name) => {
      const at = [...map, ...name];
      const value = valueIn(document, at);
      return value === undefined ? [] : [{ at: at.join('.'), value }];
    }),
  );
  const byOverride = found.filter(({ at }) => lookup.positions(at).line === null);
  const last = byOverride.at(-1) ?? found.at(-1);
  return last === undefined ? null : { value: shown(last.value), because: placeWords(last.at, lookup) };
}

function placeWords(at: string, { deployment, positions }: Lookup): string {
  const { line } = positions(at);
  return line === null ? `-e ${at}` : `${at}, ${deployment.file}:${line}`;
}

/** Of maps with free keys, such as `env`. */
function openEntries(places: Places, document: unknown, lookup: Lookup): readonly (readonly [string, Reasoned])[] {
  const maps = keysAt(places.schema, [], lookup.deployment.engine).filter(
    ({ key, field }) => isMapField(field) && field.properties === undefined && !ELSEWHERE.has(key),
  );
  return maps.flatMap(({ key }) => {
    const leaves = places.maps.flatMap((map) => leavesOf(valueIn(document, [...map, key])));
    const once = new Map(leaves.map((leaf) => [JSON.stringify(leaf), leaf]));
    return [...once.values()].map((leaf) => {
      const path = [key, ...leaf];
      return [path.join('.'), strongest(places, path, document, lookup)!] as const;
    });
  });
}

function leavesOf(value: unknown): readonly (readonly string[])[] {
  if (!isMap(value)) return value === undefined ? [] : [[]];
  const entries = Object.entries(value);
  return entries.flatMap(([key, each]) => leavesOf(each).map((leaf) => [key, ...leaf]));
}

function valueIn(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((map, key) => (isMap(map) && Object.hasOwn(map, key) ? map[key] : undefined), document);
}

/** What null means is in the key's description. */
function defaultWords({ description }: Field, value: unknown, of: string): string {
  const meaning = value === null ? /\bnull: (.+?)(?:;|\.?$|\. )/.exec(description ?? '')?.[1] : undefined;
  return meaning === undefined ? `default of ${of}` : `default of ${of}: ${meaning}`;
}

/** A key that is not written may be set by an argument in `extra_args`. */
function byExtraArgs(extraArgs: readonly string[], { defaults, written }: SettingReasons): Reasons {
  const from = written.extra_args?.because ?? 'extra_args';
  return Object.fromEntries(
    extraArgs.flatMap((argument, i) => {
      const [name = '', glued] = argument.split(/=(.*)/s, 2);
      const isOff = name.startsWith('--no-');
      const key = name.replace(/^--(no-)?/, '').replaceAll('-', '_');
      if (!name.startsWith('--') || !Object.hasOwn(defaults, key)) return [];
      const next = extraArgs[i + 1];
      const value = glued ?? (isOff || next === undefined || next.startsWith('--') ? !isOff : next);
      return [[key, { value, because: from }]];
    }),
  );
}

function shown(value: unknown): Reasoned['value'] {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return /^\d+$/.test(value) ? Number(value) : value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string' || typeof each === 'number')) return value;
  return JSON.stringify(value);
}
