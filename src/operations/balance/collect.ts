import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParMeter, type MeasuredPar } from '../../balancing/rankPar.ts';
import type { BalanceTarget } from '../../balancing/targets.ts';
import type { RecordedLoads } from '../../engines/expertControl.ts';
import { UserError } from '../../errors/userError.ts';
import { mean, sum } from '../../files/means.ts';
import {
  basePlacement,
  joinEpisodes,
  type Load,
  mergeEpisodes,
  type Placement,
  type WindowCodec,
} from '../../placement/index.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { recordingControlOf } from '../cluster/recordingControl.ts';
import { type fetchDumps, windowTime } from '../dumps/index.ts';
import { readDumps, readPlacement } from '../pattern/index.ts';
import { fetchNewest, type NewestFolder } from './dumps.ts';

export interface Collected {
  /** PAR by the engine's counters: mean over instances. */
  readonly measured: MeasuredPar;
  readonly load: Load;
  /** What served while it was recorded. */
  readonly old: Placement;
  readonly windows: number;
  /** null: the model does not say */
  readonly expertBytes: number | null;
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

/** Each of them costs the solver time; more tell it little. */
const EPISODES = 8;
const POLL_MS = 2_000;

/**
 * Brings the newest windows of a target's instances here, waits until enough have closed, and reads them.
 * @throws UserError for windows that can't be used, each by its name
 */
export async function collect(
  open: Parameters<typeof fetchDumps>[0],
  clusterView: ClusterView,
  target: BalanceTarget,
  options: CollectOptions,
): Promise<Collected> {
  const { recorded } = recordingControlOf(clusterView.engine);
  const started = performance.now();
  let said = '';
  let damage: string | null = null;
  for (;;) {
    const folders = await fetchNewest(open, clusterView, target, options);
    const found = folders.map(({ damage: one }) => one).find((one) => one !== null) ?? null;
    // a window that is just being written is whole when it is looked at again
    if (found !== null && found === damage) throw damaged(target, found);
    damage = found;
    if (found === null) {
      const counted = await Promise.all(folders.map((folder) => measureFolder(folder, target.ranks, recorded.codec)));
      const least = Math.min(...counted.map((measured) => measured?.windows ?? 0));
      const text = `${target.name}: ${least} of ${options.windows} windows with load`;
      if (text !== said) options.say(text);
      said = text;
      if (least >= options.windows || (options.waitMs === 0 && least > 0))
        return read(folders, counted, clusterView, target, options);
      if (performance.now() - started >= options.waitMs) throw tooFew(target, folders, least, recorded, options);
    }
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
}

function damaged(target: BalanceTarget, damage: string): UserError {
  return new UserError('damaged_dump', `${target.name}: ${damage}. Nothing was changed.`, {
    hint: 'Remove the file there if it was left by hand or by a full disk; what is recorded anew is taken then.',
  });
}

/** Null: no window has a token. */
async function measureFolder(
  { path, files, where }: NewestFolder,
  ranks: number,
  codec: WindowCodec,
): Promise<MeasuredPar | null> {
  const meter = createParMeter(ranks);
  for (const { name } of files) {
    try {
      meter.add(codec.parse(await readFile(join(path, name))));
    } catch (cause) {
      throw new UserError('damaged_dump', `${where}/${name} ${(cause as Error).message}. Nothing was changed.`, {
        cause,
      });
    }
  }
  return meter.finish();
}

async function read(
  folders: readonly NewestFolder[],
  counted: readonly (MeasuredPar | null)[],
  { engine, deployment, facts }: ClusterView,
  target: BalanceTarget,
  { say }: CollectOptions,
): Promise<Collected> {
  const { file } = target.placed;
  const { codec } = recordingControlOf(engine).recorded;
  const loads: Load[] = [];
  let windows = 0;
  for (const { path, files } of folders) {
    const dumped = await readDumps(
      [path],
      {
        // recordsteps count from the start of each engine
        windows: [files[0]!.step, files.at(-1)!.step],
        episodes: EPISODES,
        quietIdle: true,
        codec,
        ...(file === null ? {} : { recordedUnder: file }),
      },
      (line) => say(`${target.name}: ${line}`),
    );
    loads.push(dumped.load);
    windows += dumped.windows;
  }
  const joined = joinEpisodes(loads);
  const load = mergeEpisodes(joined, Math.min(joined.episodes, EPISODES));
  const old =
    file === null ? basePlacement(load.layers, target.ranks, load.experts) : (await readPlacement(file)).placement;
  const { expertBytes } = engine.model(deployment, facts, target.masters[0]!.host);
  return { measured: meanOf(counted), load, old, windows, expertBytes };
}

/** Instances of a target share a pattern, each has a PAR of its own. */
function meanOf(counted: readonly (MeasuredPar | null)[]): MeasuredPar {
  const measured = counted.flatMap((one) => one ?? []);
  const [first] = measured;
  const par = first!.par.map((_, layer) => mean(measured.map((one) => one.par[layer]!)));
  return {
    par,
    mean: mean(par),
    windows: sum(measured.map(({ windows }) => windows)),
    tokens: sum(measured.map(({ tokens }) => tokens)),
  };
}

function tooFew(
  target: BalanceTarget,
  folders: readonly NewestFolder[],
  least: number,
  { windowS }: RecordedLoads,
  options: CollectOptions,
): UserError {
  const recorded = Math.min(...folders.map(({ files }) => files.length));
  const fewest = folders.find(({ files }) => files.length === recorded)!;
  const why =
    recorded === 0
      ? `${fewest.where}: no window has closed`
      : least === 0
        ? `${fewest.where}: ${recorded} ${recorded === 1 ? 'window has' : 'windows have'} closed, and none has a token: no requests came`
        : `${least} of ${options.windows} windows have load`;
  return new UserError('too_few_windows', `${target.name}: ${why}. Nothing was changed.`, {
    hint: `A window closes ${windowTime(windowS).rate}. Send requests and run it again, or take fewer: --windows 1.`,
  });
}
