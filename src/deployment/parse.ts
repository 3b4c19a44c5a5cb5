import { isMap } from '../files/maps.ts';
import type { Deployment, EngineName } from './deployment.ts';
import { readDocument } from './document.ts';
import { expandHosts, type Lookups } from './expandHosts.ts';
import type { Fault } from './fault.ts';
import { type NamedPath, namedPaths } from './namedPaths.ts';
import { otherEngineKeys } from './otherEngineKeys.ts';
import { applyOverrides, splitPath } from './overrides.ts';
import { NOWHERE, type Positions, positionsOf } from './positions.ts';
import { resolveDeployment } from './resolve.ts';
import { engineOfFile, ROOT } from './schema.ts';
import { schemaFaults, valueAt } from './schemaFaults.ts';
import type { AnySettingsParser, WrittenFault } from './settingsParser.ts';
import { sourceOf } from './source.ts';
import { writtenFaults } from './writtenFaults.ts';
import { groupsOf } from './writtenGroups.ts';

/** Faults whose key is to blame, whatever its value. */
const AT_KEY = new Set<Fault['code']>(['unknown_key', 'unknown_host_block', 'other_engine_key']);

/** Errors that leave all values that are there as they are. */
const HARMLESS = new Set<Fault['code']>(['unknown_key', 'other_engine_key', 'duplicate_key', 'no_credentials']);

export interface ParseContext {
  /** The file as the user named it. */
  readonly file: string;
  /** Absolute folder of the file. */
  readonly directory: string;
  readonly home: string;
  /** `-e path=value`, in the order given. */
  readonly overrides?: readonly string[];
  readonly glob?: (pattern: string) => readonly string[];
  /** What names of hosts stand for on this machine; default: nothing. */
  readonly lookups?: Lookups;
  /** How an engine reads its own keys. */
  readonly engine: (name: EngineName) => AnySettingsParser;
}

export interface Parsed {
  /** null when there is an error. */
  readonly deployment: Deployment | null;
  /** What is sound of a deployment with errors, so that further checks find all faults at once; null when too little is. */
  readonly sound: Deployment | null;
  /** In the order of the file. */
  readonly faults: readonly Fault[];
  readonly positions: Positions;
  /** Local paths the file names, each absolute path once. */
  readonly localPaths: readonly NamedPath[];
  /** Names of hosts in the file, by the addresses that they were resolved to. */
  readonly names: ReadonlyMap<string, string>;
  /** Names that `lookups` has not. */
  readonly unknownNames: readonly string[];
}

/** Text of a deployment file -> deployment, or all that is wrong with it. */
export function parseDeployment(text: string, context: ParseContext): Parsed {
  const { file } = context;
  const faults: Fault[] = [];
  const read = readDocument(text, file, ROOT, faults);
  if (!read) return unread(faults);
  const overridden = applyOverrides(read.plain, context.overrides ?? [], faults);
  const { plain, paths } = overridden;
  const lookups = context.lookups ?? new Map();
  const { names, unknown: unknownNames, writtenPath } = expandHosts([plain, overridden.alone], lookups);
  const written = positionsOf(read.document, read.lines, read.anchors, paths);
  const positions: Positions = (path, at) => written(writtenPath(path), at);

  const faulty = new Set(faults.filter((fault) => isError(fault) && !HARMLESS.has(fault.code)).map(({ path }) => path));
  // what is no value at all is not a wrong or a missing one too
  const bySchema = schemaFaults(plain).filter(({ path }) => !faulty.has(path.join('.')));
  for (const path of faulty) remove(plain, splitPath(path));
  const found: WrittenFault[] = [...bySchema];
  for (const { path, meant } of bySchema) {
    faulty.add(path.join('.'));
    faulty.add(remove(plain, path).join('.'));
    if (meant) faulty.add(meant.join('.'));
  }
  const isFaulty = (path: readonly string[]) => path.some((_, i) => faulty.has(path.slice(0, i + 1).join('.')));
  const name = engineOfFile(plain) as EngineName;
  const engine = context.engine(name);
  found.push(...writtenFaults(plain, isFaulty, engine, lookups), ...otherEngineKeys(plain, name, engine));
  for (const fault of found)
    faults.push(placed({ ...fault, path: writtenPath(fault.path.join('.')) }, file, written, paths));

  const unique = inOrder(faults);
  const usable = usablePart(plain, unique);
  const sound =
    usable && resolveDeployment(overridden, { glob: () => [], ...context, engine, names, leaveOut: usable.leaveOut });
  return {
    deployment:
      unique.some(isError) || sound === null
        ? null
        : { ...sound, source: sourceOf(text, plain, context.overrides ?? [], sound) },
    sound,
    faults: unique,
    positions,
    localPaths: namedPaths(plain, context),
    names,
    unknownNames,
  };
}

function unread(faults: readonly Fault[]): Parsed {
  const nothing = { localPaths: [], names: new Map<string, string>(), unknownNames: [] };
  return { deployment: null, sound: null, faults, positions: () => NOWHERE, ...nothing };
}

function placed(
  fault: Omit<WrittenFault, 'path'> & { readonly path: string },
  file: string,
  positions: Positions,
  overridden: ReadonlySet<string>,
): Fault {
  const { path } = fault;
  const { line, col } = positions(path, AT_KEY.has(fault.code) ? 'key' : undefined);
  // where the value came by -e, that is its place
  const override =
    line === null ? [...overridden].find((each) => path === each || path.startsWith(`${each}.`)) : undefined;
  return {
    code: fault.code,
    severity: fault.severity ?? 'error',
    message: fault.message,
    hint: fault.hint,
    file: override === undefined ? file : `-e ${override}`,
    line,
    col,
    path,
  };
}

/** Sorted by place; a fault seen through several aliases is one. */
function inOrder(faults: readonly Fault[]): readonly Fault[] {
  const seen = new Set<string>();
  const unique = faults.filter(({ code, line, col, message, path }) => {
    const key = [code, line, col, line === null ? `${path} ${message}` : path.split('.').at(-1)].join('\n');
    return !seen.has(key) && seen.add(key);
  });
  return unique.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.col ?? 0) - (b.col ?? 0));
}

/** Leaves out what has errors; null when no whole instance of each role, or no proxy, is left, and no mixed server either. */
function usablePart(plain: unknown, faults: readonly Fault[]): { readonly leaveOut: ReadonlySet<string> } | null {
  const broken = faults.filter((fault) => isError(fault) && !HARMLESS.has(fault.code)).map(({ path }) => path);
  const isBelow = (path: string, prefix: string) => path === prefix || path.startsWith(`${prefix}.`);
  const leaveOut = new Set<string>();
  const left = { prefill: 0, decode: 0, mixed: 0 };
  for (const { role, layer } of groupsOf(plain)) {
    const name = layer.path.join('.');
    const sources = [name, 'deployment.defaults', `services.${role}`];
    const isBroken = broken.some((path) => sources.some((source) => isBelow(path, source)));
    if (isBroken || layer.values.hosts === undefined) leaveOut.add(name);
    else left[role]++;
  }
  const hasProxy = typeof valueAt(plain, ['deployment', 'proxy', 'host']) === 'string';
  const proxyBroken = broken.some((path) => isBelow(path, 'deployment.proxy.host') || path === 'deployment.proxy');
  const isMixed = left.mixed > 0 && left.prefill + left.decode === 0 && !hasProxy;
  return isMixed || (left.prefill > 0 && left.decode > 0 && left.mixed === 0 && hasProxy && !proxyBroken)
    ? { leaveOut }
    : null;
}

/** Takes a faulty value out, so that nothing behind trips over it; a list with a faulty entry goes as a whole. What went. */
function remove(root: unknown, path: readonly string[]): readonly string[] {
  if (path.length === 0) return path;
  const around = valueAt(root, path.slice(0, -1));
  if (Array.isArray(around)) return remove(root, path.slice(0, -1));
  if (isMap(around)) delete around[path.at(-1)!];
  return path;
}

function isError(fault: Fault): boolean {
  return fault.severity === 'error';
}
