import { join } from 'node:path';
import { mean } from '../../files/means.ts';
import { writeWhole } from '../../files/writeFile.ts';
import {
  evaluatePlacement,
  type LayerExpert,
  type Load,
  logicalMaps,
  mergeEpisodes,
  type Placement,
  type Recovery,
  recover,
  survivorsNow,
  verifyPlacement,
  withoutRanks,
} from '../../placement/index.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import { type Exported, type ExportedFile, exportMaps, exportPlan, exportVllm } from './exportMaps.ts';
import { parseLost } from './lostRanks.ts';
import { parseMoves } from './problem.ts';
import { describeViolations } from './prove.ts';
import { readLoad } from './readLoad.ts';
import { readPlacement } from './readPlacement.ts';
import type { recoverFlags } from './recoverFlags.ts';

export type RecoverFlags = FlagsOf<typeof recoverFlags>;

export interface RecoverAnswer {
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  readonly lost: readonly number[];
  readonly survivors: number;
  /** stood on lost ranks only: nobody serves them until they are loaded */
  readonly missing: readonly LayerExpert[];
  /** experts that arrive on ranks that did not hold them: from storage, or sent */
  readonly moves: number;
  readonly storageLoads: number;
  readonly transfers: number;
  readonly crossHostTransfers: number;
  /** mean over layers under uniform split: before, of what the survivors hold at once, and after the moves */
  readonly parBefore: number;
  readonly parNow: number;
  readonly parNext: number;
  /** the maps that serve at once */
  readonly mapsMs: number;
  /** the re-placement, its plan and its proof */
  readonly replaceMs: number;
  readonly out: string | null;
  /** null without --out */
  readonly exported: Exported | null;
}

/** What serves at once after the loss of ranks, and what the survivors are to become; verified, and written where asked. */
export async function recoverPattern(
  file: string,
  flags: RecoverFlags,
  say: (line: string) => void,
): Promise<RecoverAnswer> {
  const { placement } = await readPlacement(file, flags);
  const { layers, experts, ranks } = placement;
  const ranksPerHost = flags['ranks-per-host'];
  const lost = parseLost('lost', flags.lost, ranksPerHost, ranks);
  const gone = new Set(lost);
  const load = flags.load === undefined ? evenLoad(placement) : await loadOf(flags, placement, say);
  const maxMoves = flags['max-moves'] === undefined ? undefined : parseMoves(flags['max-moves']);
  const [mapsMs] = timed(() => logicalMaps(survivorsNow(placement, gone)));
  const problem = { placement, lost, load, maxMoves, slotsPerRank: flags.slots, ranksPerHost };
  const [replaceMs, recovery] = timed(() => recover(problem));
  const { now, next, missing, migration, storageLoads } = recovery;
  const left = withoutRanks(now, gone);
  const after = withoutRanks(next, gone);
  prove(left, after, flags.slots, maxMoves);
  return {
    layers,
    experts,
    ranks,
    lost,
    survivors: left.ranks,
    missing,
    moves: migration.numTransfers + storageLoads.length,
    storageLoads: storageLoads.length,
    transfers: migration.numTransfers,
    crossHostTransfers: migration.numCrossHost,
    parBefore: meanPar(load, placement),
    parNow: meanPar(load, left),
    parNext: meanPar(load, after),
    mapsMs,
    replaceMs,
    out: flags.out ?? null,
    exported: flags.out === undefined ? null : await write(flags.out, recovery, after, ranks, gone),
  };
}

/** The verifier shares no code with the search. */
function prove(
  left: Placement,
  after: Placement,
  slots: number | undefined,
  maxMoves: ReturnType<typeof parseMoves> | undefined,
) {
  const limits =
    slots === undefined ? { slotsPerRank: left.slotsPerRank, old: left, maxMoves } : { slotsPerRank: slots };
  const violations = verifyPlacement(after, limits);
  if (violations.length === 0) return;
  throw new Error(`the recovery is refused by the verifier: ${describeViolations(violations)}`);
}

/**
 * `now/vllm`: ranks keep their numbers, slots of lost ones hold -1. `next`: survivors numbered from 0 on, in every engine's
 * form. The plan has the old numbers; `rank_mapping.json` translates.
 */
async function write(
  folder: string,
  { now, next, migration, storageLoads }: Recovery,
  after: Placement,
  ranks: number,
  gone: ReadonlySet<number>,
): Promise<Exported> {
  const first = await exportVllm(now, join(folder, 'now', 'vllm'));
  const { files, left } = await exportMaps(after, join(folder, 'next'));
  const plan = await exportPlan(now, next, { migration, storageLoads }, join(folder, 'transfer_plan.json'));
  const mapping = await writeMapping(ranks, gone, join(folder, 'rank_mapping.json'));
  return { files: [...first, ...files, plan, mapping], left };
}

/** As vLLM's elastic EP takes it: old rank to new, -1 for those that are gone. */
async function writeMapping(ranks: number, gone: ReadonlySet<number>, file: string): Promise<ExportedFile> {
  let next = 0;
  const mapping = Object.fromEntries(
    Array.from({ length: ranks }, (_, rank) => [String(rank), gone.has(rank) ? -1 : next++]),
  );
  await writeWhole(file, `${JSON.stringify(mapping)}\n`);
  return { engine: 'plan', file, holds: `${ranks} ranks to ${next}` };
}

async function loadOf(flags: RecoverFlags, { layers, experts, ranks }: Placement, say: (line: string) => void) {
  const recordedUnder = flags['recorded-under'];
  const load = await readLoad({ sources: flags.load!, recordedUnder, experts, layers, ranks }, say);
  return mergeEpisodes(load, 1);
}

function evenLoad({ layers, experts }: Placement): Load {
  return { episodes: 1, layers, experts, tokens: new Float64Array(layers * experts).fill(1) };
}

function meanPar(load: Load, placement: Placement): number {
  return mean(evaluatePlacement(load, placement, 'uniform').par);
}

function timed<T>(work: () => T): [ms: number, result: T] {
  const began = performance.now();
  const result = work();
  return [Math.round(10 * (performance.now() - began)) / 10, result];
}
