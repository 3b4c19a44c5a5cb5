import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParMeter, type MeasuredPar } from '../balancing/rankPar.ts';
import type { BalanceTarget } from '../balancing/targets.ts';
import { UserError } from '../cli/userError.ts';
import { readDumps } from '../patterns/readDumps.ts';
import { readPlacement } from '../patterns/readPlacement.ts';
import { basePlacement, type Load, type Placement, parseDumpWindow, planDump } from '../placement/index.ts';
import { dumpSources, fetchDumps, type InstanceDumps } from './fetchDumps.ts';
import type { Picture } from './picture.ts';

export interface Collected {
  /** PAR by the engine's counters: mean over instances. */
  readonly measured: MeasuredPar;
  readonly load: Load;
  /** What served while it was recorded. */
  readonly old: Placement;
  readonly windows: number;
}

export interface CollectOptions {
  /** Folder for the dumps, here. */
  readonly out: string;
  /** Windows with load that are wanted of each instance. */
  readonly windows: number;
  /** The newest that count. */
  readonly atMost: number;
  /** How long to wait for them; 0: take what is there. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const EPISODES = 16;
const POLL_MS = 2_000;

/** Brings the newest windows of a target's instances here, waits until enough have closed, and reads them. */
export async function collect(
  open: Parameters<typeof fetchDumps>[0],
  picture: Picture,
  target: BalanceTarget,
  options: CollectOptions,
): Promise<Collected> {
  const started = performance.now();
  let said = '';
  for (;;) {
    const folders = await fetchNewest(open, picture, target, options);
    const counted = await Promise.all(folders.map((folder) => measureFolder(folder, target.ranks, options.atMost)));
    const least = Math.min(...counted.map(({ measured }) => measured?.windows ?? 0));
    const text = `${target.name}: ${least} of ${options.windows} windows with load`;
    if (text !== said) options.say(text);
    said = text;
    const waited = performance.now() - started;
    if (least >= options.windows || (options.waitMs === 0 && least > 0)) return read(folders, counted, target, options);
    if (waited >= options.waitMs) throw tooFew(target, counted, least, options);
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
}

interface NewestFolder {
  readonly instance: string;
  readonly path: string;
  readonly files: readonly { readonly name: string; readonly step: number }[];
}

async function fetchNewest(
  open: Parameters<typeof fetchDumps>[0],
  picture: Picture,
  target: BalanceTarget,
  { out, signal }: CollectOptions,
): Promise<NewestFolder[]> {
  const { sources, problems } = dumpSources(picture, new Set(target.instances.flatMap(({ nodes }) => nodes)));
  if (problems.length > 0) throw new UserError('dumps_mixed', problems.join('\n'));
  const fetched = await fetchDumps(open, picture, sources, { out, all: false, signal, onProgress: () => {} });
  const failed = fetched.filter(({ problem }) => problem !== null);
  if (failed.length > 0)
    throw new UserError(
      'fetch_failed',
      failed.map(({ name, host, problem }) => `${name} ${host}: ${problem}`).join('\n'),
    );
  return fetched.map(newestOf);
}

function newestOf({ name, into, result }: InstanceDumps): NewestFolder {
  const newest = result?.manifest.folders.at(-1);
  if (newest === undefined) return { instance: name, path: into, files: [] };
  refuseUnusable(name, newest.recorded);
  const path = join(into, newest.stamp);
  const bad = new Set(newest.problems.map(({ file }) => file));
  const { windows } = planDump(
    newest.stamp,
    result!.manifest.files.flatMap((file) =>
      file.name.startsWith(`${newest.stamp}/`) && !bad.has(file.name) ? [file.name.slice(newest.stamp.length + 1)] : [],
    ),
  );
  return { instance: name, path, files: windows.map(({ file, recordStep }) => ({ name: file, step: recordStep })) };
}

function refuseUnusable(
  name: string,
  recorded: { readonly pattern: string | null; readonly dynamic: boolean | null; readonly because: string | null },
): void {
  if (recorded.pattern === null)
    throw new UserError(
      'recorded_under_unknown',
      `${name}: what its windows were recorded under is not known: ${recorded.because}`,
      {
        hint: 'Bring the servers to what the deployment says (omniplace serve), and let them record anew.',
      },
    );
  if (recorded.dynamic)
    throw new UserError(
      'recorded_dynamic',
      `${name}: its windows were recorded while experts moved (enable_dynamic): their columns changed their meaning`,
    );
}

interface Counted {
  readonly measured: MeasuredPar | null;
  /** recordsteps that count: the newest */
  readonly range: readonly [number, number] | null;
}

async function measureFolder({ path, files, instance }: NewestFolder, ranks: number, atMost: number): Promise<Counted> {
  const newest = files.slice(-atMost);
  if (newest.length === 0) return { measured: null, range: null };
  const meter = createParMeter(ranks);
  for (const { name } of newest) {
    const file = join(path, name);
    try {
      meter.add(parseDumpWindow(await readFile(file)));
    } catch (cause) {
      throw new UserError('damaged_dump', `${instance}: ${file}: ${(cause as Error).message}`, { cause });
    }
  }
  return { measured: meter.finish(), range: [newest[0]!.step, newest.at(-1)!.step] };
}

async function read(
  folders: readonly NewestFolder[],
  counted: readonly Counted[],
  target: BalanceTarget,
  { say, atMost }: CollectOptions,
): Promise<Collected> {
  const { patternPath } = target.placement;
  const last = Math.min(...counted.map(({ range }) => range![1]));
  const windows: [number, number] = [Math.max(1, last - atMost + 1), last];
  const dumped = await readDumps(
    folders.map(({ path }) => path),
    {
      windows,
      episodes: EPISODES,
      ...(patternPath === null ? {} : { recordedUnder: patternPath }),
    },
    // idle windows were counted before
    (line) => line.endsWith('an idle minute') || say(`${target.name}: ${line}`),
  );
  const { load } = dumped;
  const old =
    patternPath === null
      ? basePlacement(load.layers, target.ranks, load.experts)
      : (await readPlacement(patternPath)).placement;
  return { measured: meanOf(counted), load, old, windows: dumped.windows };
}

/** Instances of a target share a pattern, each has a PAR of its own. */
function meanOf(counted: readonly Counted[]): MeasuredPar {
  const measured = counted.flatMap(({ measured }) => measured ?? []);
  const [first] = measured;
  const par = first!.par.map((_, layer) => measured.reduce((sum, one) => sum + one.par[layer]!, 0) / measured.length);
  return {
    par,
    mean: par.reduce((a, b) => a + b, 0) / par.length,
    windows: measured.reduce((sum, { windows }) => sum + windows, 0),
    tokens: measured.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

function tooFew(target: BalanceTarget, counted: readonly Counted[], least: number, options: CollectOptions): UserError {
  const recorded = counted.reduce((sum, { range }) => sum + (range === null ? 0 : range[1] - range[0] + 1), 0);
  const why =
    recorded === 0
      ? 'no window has closed'
      : least === 0
        ? `${recorded} windows have closed, and none has a token: no requests came`
        : `${least} of ${options.windows} windows have load`;
  return new UserError('too_few_windows', `${target.name}: ${why}. Nothing was changed.`, {
    hint: 'A window closes each minute. Send requests and run it again, or take fewer: --windows 1.',
  });
}
