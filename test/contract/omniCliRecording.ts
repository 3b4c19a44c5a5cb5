import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Start } from './cell.ts';
import { type Upstreams, upstreamsOf } from './differences.ts';
import type { ExpectedNode } from './templateDifferences.ts';

/** What the omni_cli of a snapshot started for server profiles of test/contract/profiles. */
export interface OmniCliRecording {
  readonly nodes: Readonly<Record<string, RecordedNode>>;
  readonly proxy: RecordedProxy;
}

export interface RecordedNode extends ExpectedNode {
  /** Arguments of start_api_servers.py; none where it was not called. */
  readonly launcher: readonly string[];
  /** Arguments of each call of ray. */
  readonly ray: readonly (readonly string[])[];
}

export interface RecordedProxy extends Upstreams {
  /** Lines of nginx's configuration that configure omni_proxy. */
  readonly omniProxy: readonly string[];
}

const FOLDER = new URL('../golden/omni_cli/', import.meta.url);
const PROFILES = new URL('profiles/', import.meta.url);
/** Of the container, the shell, Python and the cell. */
const NOT_SET = /^(HOME|PATH|PWD|OLDPWD|SHLVL|_|RECORDS|HOST_NUMBER|OF_BASHRC|LD_LIBRARY_PATH|LC_CTYPE)$/;
const EXTENSION = '.yml';
const LAUNCHER = 'start_api_servers.py';

/** Own files of omni_cli's form, each for what its first comment lists. */
export const PROFILE_NAMES: readonly string[] = readdirSync(PROFILES)
  .filter((file) => file.endsWith(EXTENSION))
  .map((file) => file.slice(0, -EXTENSION.length));

export function readProfiles(name: string): string {
  return readFileSync(new URL(`${name}${EXTENSION}`, PROFILES), 'utf8');
}

export function recordedNode(start: Start): RecordedNode {
  const argvOf = (program: string) => start.calls.filter((call) => call.program === program).map(({ argv }) => argv);
  return {
    ...expectedOf(start),
    launcher:
      argvOf('python')
        .find(([script]) => script === LAUNCHER)
        ?.slice(1) ?? [],
    ray: argvOf('ray'),
  };
}

export function recordedProxy(start: Start): RecordedProxy {
  const conf = start.calls.find(({ program, argv }) => program === 'nginx' && argv[0] === '-c')?.conf ?? '';
  const omniProxy = [...conf.matchAll(/^\s*(omni_proxy_\w+ .*|stream_ops .*|\w+_pod_size .*);/gm)].map(
    ([, line]) => line!,
  );
  return { ...(upstreamsOf(start) ?? { ports: [], prefill: [], decode: [] }), omniProxy };
}

/** What a node's servers got: each with its own variables, and those that all have. */
export function expectedOf({ calls }: Start): ExpectedNode {
  const servers = calls
    .filter(({ program }) => program === 'vllm')
    .sort((a, b) => portOf(a.argv) - portOf(b.argv))
    .map(({ argv, env }) => ({ argv, env: Object.entries(env).filter(([name]) => !NOT_SET.test(name)) }));
  const [first] = servers;
  const shared = (first?.env ?? []).filter(([name, value]) =>
    servers.every(({ env }) => env.some(([other, its]) => other === name && its === value)),
  );
  const names = new Set(shared.map(([name]) => name));
  return {
    servers: servers.map(({ argv, env }) => ({ argv, env: sorted(env.filter(([name]) => !names.has(name))) })),
    env: sorted(shared),
  };
}

/** Names of profiles that were recorded for a snapshot. */
export function recordedNames(snapshot: string): readonly string[] {
  return readdirSync(new URL(`${snapshot}/`, FOLDER)).map((file) => file.replace(/\.json$/, ''));
}

export function readOmniCliRecording(snapshot: string, name: string): OmniCliRecording {
  return JSON.parse(readFileSync(new URL(`${snapshot}/${name}.json`, FOLDER), 'utf8'));
}

export function writeOmniCliRecording(snapshot: string, name: string, recording: OmniCliRecording): void {
  mkdirSync(new URL(`${snapshot}/`, FOLDER), { recursive: true });
  writeFileSync(new URL(`${snapshot}/${name}.json`, FOLDER), `${JSON.stringify(recording, null, 1)}\n`);
}

function portOf(argv: readonly string[]): number {
  return Number(argv[argv.indexOf('--port') + 1]);
}

function sorted(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
