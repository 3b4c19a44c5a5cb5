import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelShape } from '../engines/engine.ts';
import { type DumpPlan, planDump } from '../placement/index.ts';
import type { Instance, ServerNode } from '../topology/topology.ts';
import type { OpenHost } from '../transport/host.ts';
import type { Fetched, FetchProgress } from './fetchContract.ts';
import { type WindowShape, windowInspector } from './fetchDumpsShape.ts';
import { written } from './fetchFault.ts';
import { fetchFiles } from './fetchFiles.ts';
import type { Picture } from './picture.ts';
import { type RunningPattern, runningPattern } from './running.ts';
import { settled } from './settled.ts';

/** OmniPlacement records a window per minute. */
const WINDOW_S = 60;
const LOW_DISK_BYTES = 1024 * 1024 * 1024;

/** Where the windows of an instance are: with the node that holds its rank 0. */
export interface DumpSource {
  /** `P0`, `D0`: the instance's place among those of its role. */
  readonly name: string;
  readonly instance: Instance;
  readonly node: ServerNode;
  readonly dumpDir: string;
}

/** What the windows of one start of the engine were recorded under. */
export type Recorded = RunningPattern;

export interface DumpFolder {
  /** The start of the engine, as it named it: `20261121_225001`. */
  readonly stamp: string;
  readonly recorded: Recorded;
  /** Files that are windows, whole and of one shape. */
  readonly windows: number;
  /** Layers of each window; null: there is none. */
  readonly layers: number | null;
  /** Physical positions of each layer. */
  readonly positions: number | null;
  readonly slotsPerRank: number | null;
  readonly problems: readonly DumpProblem[];
}

export interface DumpProblem {
  /** Below the dump_dir. */
  readonly file: string;
  readonly message: string;
  readonly spoils: 'nothing' | 'window' | 'folder';
}

export interface DumpManifest {
  readonly version: 1;
  readonly cluster: string;
  readonly instance: string;
  readonly role: string;
  readonly node: string;
  readonly host: string;
  readonly dumpDir: string;
  readonly ranks: number;
  readonly experts: number | null;
  readonly windowSeconds: number;
  readonly folders: readonly DumpFolder[];
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  /** Why a file is not here or not to be trusted. */
  readonly problems: readonly string[];
}

export interface InstanceDumps {
  readonly name: string;
  readonly node: string;
  readonly host: string;
  readonly into: string;
  readonly result: {
    readonly manifest: DumpManifest;
    readonly fetched: Omit<Fetched, 'files'>;
    readonly warnings: readonly string[];
  } | null;
  readonly problem: string | null;
  readonly unreachable: boolean;
}

export interface FetchDumpsOptions {
  /** Absolute. */
  readonly out: string;
  /** Every folder named by a time, not the newest alone. */
  readonly all: boolean;
  /** Windows of each folder, the newest; absent: every one. */
  readonly atMost?: number;
  readonly signal: AbortSignal;
  readonly onProgress: (instance: string, progress: FetchProgress) => void;
}

/** The instances of the named nodes that have dumps to fetch, and what they share with any other. */
export function dumpSources(
  picture: Pick<Picture, 'topology'>,
  names: ReadonlySet<string>,
): { sources: DumpSource[]; problems: string[] } {
  const { topology } = picture;
  const all: DumpSource[] = [];
  const problems: string[] = [];
  const isNamed = ({ instance }: DumpSource): boolean => instance.nodes.some((name) => names.has(name));
  for (const instance of topology.instances) {
    const node = topology.nodes.find((candidate) => candidate.name === instance.master);
    if (node === undefined || node.role === 'proxy') continue;
    const { dumpDir } = node.settings.placement;
    if (dumpDir === null) continue;
    const name = `${LETTERS[node.role]}${instance.group.ordinal}`;
    const source = { name, instance, node, dumpDir };
    const other = all.find((one) => one.node.host === node.host && one.dumpDir === dumpDir);
    if (other && (isNamed(source) || isNamed(other)))
      problems.push(
        `${name} and ${other.name} both write to ${dumpDir} of ${node.host}: nothing tells their windows apart; give each a dump_dir of its own`,
      );
    all.push(source);
  }
  return { sources: problems.length > 0 ? [] : all.filter(isNamed), problems };
}

const LETTERS = { prefill: 'P', decode: 'D', mixed: 'M' } as const;

/** Brings the dumps of each instance into a folder of its own, verified, with a manifest. */
export function fetchDumps(
  open: OpenHost,
  picture: Picture,
  sources: readonly DumpSource[],
  options: FetchDumpsOptions,
): Promise<readonly InstanceDumps[]> {
  return Promise.all(
    sources.map(async (source): Promise<InstanceDumps> => {
      const into = join(options.out, source.name);
      const { name, node } = source;
      const ended = await settled(fetchInstance(open, picture, source, into, options));
      return { name, node: node.name, host: node.host, into, ...ended };
    }),
  );
}

async function fetchInstance(
  open: OpenHost,
  picture: Picture,
  source: DumpSource,
  into: string,
  options: FetchDumpsOptions,
): Promise<NonNullable<InstanceDumps['result']>> {
  const shapes = new Map<string, WindowShape>();
  const { files, ...fetched } = await fetchFiles({
    host: await open(source.node.host, options.signal),
    folder: source.dumpDir,
    list: ['list_dumps', source.dumpDir, options.all ? 'all' : 'newest', ...numberWord(options.atMost)],
    into,
    growing: false,
    signal: options.signal,
    inspect: (name) => (name.endsWith('.txt') ? windowInspector((shape) => shapes.set(name, shape)) : NO_INSPECTOR),
    onProgress: (progress) => options.onProgress(source.name, progress),
  });
  const stamps = [...new Set(files.map(({ name }) => name.slice(0, name.indexOf('/'))))].sort();
  const model = picture.engine.model(picture.deployment, picture.facts, source.node.host);
  const folders = stamps.map((stamp): DumpFolder => {
    const mine = files.filter(({ name }) => name.startsWith(`${stamp}/`));
    const recorded = swappedIn(stamp, mine) ?? recordedUnder(picture, source, stamp === stamps.at(-1));
    return describeFolder(stamp, mine, shapes, recorded, source, model, options.atMost !== undefined);
  });
  const manifest: DumpManifest = {
    version: 1,
    cluster: picture.topology.cluster,
    instance: source.name,
    role: source.node.role,
    node: source.node.name,
    host: source.node.host,
    dumpDir: source.dumpDir,
    ranks: source.instance.numRanks,
    experts: model.experts,
    windowSeconds: WINDOW_S,
    folders,
    // what tells of swaps is no part of the dump
    files: files
      .filter(({ name }) => !name.includes('/live-map/'))
      .map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
    problems: fetched.problems,
  };
  await written(into, writeFile(join(into, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`));
  return { manifest, fetched, warnings: warningsOf(fetched, source, files.length) };
}

/** What a folder was recorded under whose engine swapped experts while it served (docs/live-map.md): many maps. Null: it did not. */
export function swappedIn(stamp: string, files: readonly { readonly name: string }[]): Recorded | null {
  if (!files.some(({ name }) => name === `${stamp}/live-map/maps/1.json`)) return null;
  const because = 'its experts were swapped while it served, which balance --watch goes on with; a restart begins anew';
  return { pattern: null, dynamic: null, because };
}

const NO_INSPECTOR = { push: () => {}, end: () => null };

function numberWord(value: number | undefined): string[] {
  return value === undefined ? [] : [String(value)];
}

/** What is in one folder, and what is wrong with it. Pure. @param partly earlier windows were left where they are */
export function describeFolder(
  stamp: string,
  files: readonly { readonly name: string; readonly fault: string | null }[],
  shapes: ReadonlyMap<string, WindowShape>,
  recorded: Recorded,
  { instance, node }: Pick<DumpSource, 'instance' | 'node'>,
  { experts, moeLayers }: Pick<ModelShape, 'experts' | 'moeLayers'>,
  partly = false,
): DumpFolder {
  const plan = planOf(
    stamp,
    files.map(({ name }) => name.slice(stamp.length + 1)),
    partly,
  );
  const problems = plan.faults.map(
    ({ file, message, code }): DumpProblem => ({
      file: file === stamp ? stamp : `${stamp}/${file}`,
      message,
      spoils: code === 'other-ranks' ? 'window' : 'nothing',
    }),
  );
  const faultOf = new Map(files.map(({ name, fault }) => [name, fault]));
  let first: { readonly name: string; readonly shape: WindowShape } | null = null;
  let windows = 0;
  for (const { file } of plan.windows) {
    const name = `${stamp}/${file}`;
    const fault = faultOf.get(name) ?? null;
    const shape = shapes.get(name);
    if (fault !== null || shape === undefined) {
      problems.push({ file: name, message: fault ?? 'is no window', spoils: 'window' });
      continue;
    }
    first ??= { name, shape };
    const { lines, columns } = first.shape;
    if (shape.lines !== lines || shape.columns !== columns)
      problems.push({
        file: name,
        message: `has ${shape.lines} lines of ${shape.columns} counts, ${first.name} has ${lines} of ${columns}`,
        spoils: 'window',
      });
    else windows += 1;
  }
  const positions = first?.shape.columns ?? null;
  if (positions !== null && positions % instance.numRanks !== 0)
    problems.push({
      file: stamp,
      message: `its ${positions} columns can't be shared by ${instance.numRanks} ranks: another model's, or another instance's`,
      spoils: 'folder',
    });
  else if (positions !== null && recorded.pattern === 'base' && experts !== null && positions !== experts)
    problems.push({
      file: stamp,
      message: `its windows have ${positions} columns, the model has ${experts} experts: another model's, or recorded under a pattern`,
      spoils: 'folder',
    });
  const layers = first?.shape.lines ?? null;
  const wantedLayers = node.settings.placement.maxMoeLayerNum ?? moeLayers;
  if (layers !== null && wantedLayers !== null && layers !== wantedLayers)
    problems.push({
      file: stamp,
      message: `its windows have ${layers} lines, the model has ${wantedLayers} MoE layers: another model's`,
      spoils: 'folder',
    });
  const whole = positions !== null && positions % instance.numRanks === 0;
  return {
    stamp,
    recorded,
    windows,
    layers,
    positions,
    slotsPerRank: whole ? positions / instance.numRanks : null,
    problems,
  };
}

/** The windows of a folder; of a part of them, none is missing before its first. */
function planOf(stamp: string, names: readonly string[], partly: boolean): DumpPlan {
  const plan = planDump(stamp, names);
  const [first, last] = [plan.windows[0], plan.windows.at(-1)];
  if (!partly || first === undefined || last === undefined) return plan;
  return planDump(stamp, names, [first.recordStep, last.recordStep]);
}

/** A folder is made at the engine's start: the newest one is of the servers that run, if they dump at all. */
export function recordedUnder(picture: Picture, { node }: Pick<DumpSource, 'node'>, isNewest: boolean): Recorded {
  const unknown = (because: string): Recorded => ({ pattern: null, dynamic: null, because });
  if (!isNewest) return unknown('it was recorded before the servers that run now were started');
  const { placement } = node.settings;
  if (!placement.enabled || !placement.enableDump)
    return unknown('the deployment has dumps off: an earlier one recorded it');
  return runningPattern(picture, node);
}

function warningsOf(fetched: Omit<Fetched, 'files'>, { node, dumpDir, name }: DumpSource, numFiles: number): string[] {
  const { freeBytes } = fetched;
  return [
    ...(numFiles === 0
      ? [
          `${name}: no dumps in ${dumpDir} of ${node.host}; are dumps on (placement.enable_dump), and did a minute pass under load?`,
        ]
      : []),
    ...(freeBytes !== null && freeBytes < LOW_DISK_BYTES
      ? [
          `${name}: ${(freeBytes / 1024 / 1024).toFixed(0)} MiB are free at ${dumpDir} of ${node.host}: recording ends when the disk is full`,
        ]
      : []),
  ];
}
