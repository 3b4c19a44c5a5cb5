import type { Random } from '../random.ts';
import { type CountRule, type CountWork, countCopies, createCountWork, MIN_MAX } from './counts.ts';
import type { Layer } from './layer.ts';
import { boundOfMinMax } from './lowerBound.ts';
import { createLptWork, type LptWork, placeByLpt } from './lpt.ts';
import { searchPairedCounts } from './pairing.ts';
import { recountSearch } from './recount.ts';
import { swapDescent } from './swapDescent.ts';
import { copyTable, createTable, hottestRank, setUnits, type Table } from './table.ts';
import { threeRankSearch } from './threeRank.ts';

/** for effort 0, where the first good member is taken */
const FAST_FAMILY: readonly CountRule[] = [MIN_MAX, [0.85, 0.75], [0.75, 0.5]];
/** in the order in which they are tried until one meets the target */
const FAMILY: readonly CountRule[] = [
  MIN_MAX,
  [0.85, 0.75],
  [0.75, 0.5],
  [0.65, 0.5],
  [0.95, 0.75],
  [0.6, 0.25],
  [0.9, 0.25],
  [1.02, 0.5],
  [1.2, 0.75],
  [1.6, 0.5],
  [0.5, 0.5],
];
/** relative distance to the bound that counts as reached, at effort 0 and 1 */
const FAST_TOLERANCE = 2e-3;
const TOLERANCE = 1e-4;
/** exchanges of three ranks and changes of counts in a row without success, at effort 1 */
const TRIALS = 1000;
const KICKS = 40;
/** slots per rank up to which a wrong count shows */
const FEW_SLOTS = 6;
/** with more slots, counts are tried where the peak is so many times the bound */
const COARSE = 1.001;
/** vectors of counts for two slots per rank, at effort 1 */
const PAIR_EVALUATIONS = 4000;
/** most swaps of one descent */
const SWAPS = 1000;
/** Min-max counts that LPT leaves further above the target than this come last: swaps hardly ever make up for it. */
const PROMISING = 1.022;

/** Scratch of one layer shape; `best` holds the result of the last solve. */
export interface UniformWork {
  readonly best: Table;
  readonly trial: Table;
  readonly lpt: LptWork;
  readonly counts: CountWork;
  readonly seen: Int32Array[];
}

export function createUniformWork(layer: Layer): UniformWork {
  return {
    best: createTable(layer),
    trial: createTable(layer),
    lpt: createLptWork(layer),
    counts: createCountWork(layer),
    seen: [],
  };
}

/**
 * Counts and places for one load under uniform split: members of the family of counts, each placed by LPT and improved
 * by swaps, then the best of them by a deeper search. Effort 0 stops at the first good member.
 * Returns the peak; the placement is in `work.best`.
 */
export function solveUniform(layer: Layer, effort: number, random: Random, work: UniformWork): number {
  const weight = layer.meanWeight;
  countCopies(layer, weight, MIN_MAX, work.trial.counts, work.counts);
  const bound = boundOfMinMax(layer, weight, work.trial.counts);
  if (effort === 0) return solveMembers(layer, FAST_FAMILY, bound * (1 + FAST_TOLERANCE), work);
  const target = bound * (1 + TOLERANCE / Math.max(1, effort));
  const peak = solveMembers(layer, FAMILY, target, work);
  if (peak <= target) return peak;
  if (layer.slots === 2 && layer.evenRanks && layer.copies === layer.ranks * 2) {
    return pairedSearch(layer, { peak, target, effort }, random, work);
  }
  const settled = threeRankSearch(layer, work.best, target, Math.round(TRIALS * effort), random);
  // many slots per rank hide a wrong count behind small companions; few don't
  const kicks = layer.slots <= FEW_SLOTS || settled > bound * COARSE ? Math.round(KICKS * effort) : 0;
  return recountSearch(layer, work.best, work.trial, { target, kicks }, random);
}

function solveMembers(layer: Layer, family: readonly CountRule[], target: number, work: UniformWork): number {
  const { trial } = work;
  const weight = layer.meanWeight;
  let best = Number.POSITIVE_INFINITY;
  let seen = 0;
  let minMaxLeft = false;
  const improve = () => {
    const peak = swapDescent(layer, trial, target, SWAPS);
    if (peak >= best) return;
    best = peak;
    copyTable(trial, work.best);
  };
  for (const member of family) {
    // the min-max counts, always the first, are in `trial` already
    if (member !== MIN_MAX && !countCopies(layer, weight, member, trial.counts, work.counts)) continue;
    if (!isNew(trial.counts, seen, work.seen)) continue;
    seen++;
    setUnits(layer, weight, trial);
    minMaxLeft ||= member === MIN_MAX && isCrowded(layer, trial, target);
    if (member === MIN_MAX && minMaxLeft) continue;
    placeByLpt(layer, trial, work.lpt);
    minMaxLeft ||= member === MIN_MAX && trial.height[hottestRank(trial.height)]! > target * PROMISING;
    if (member === MIN_MAX && minMaxLeft) continue;
    improve();
    if (best <= target) return best;
  }
  if (!minMaxLeft) return best;
  trial.counts.set(work.seen[0]!);
  setUnits(layer, weight, trial);
  placeByLpt(layer, trial, work.lpt);
  improve();
  return best;
}

/** More copies heavier than half the target than ranks: two of them must share one. */
function isCrowded(layer: Layer, table: Table, target: number): boolean {
  if (!layer.evenRanks) return false;
  let heavy = 0;
  for (let expert = 0; expert < layer.experts; expert++) {
    if (table.unit[expert]! > target / 2) heavy += table.counts[expert]!;
  }
  return heavy > layer.ranks;
}

function pairedSearch(
  layer: Layer,
  { peak, target, effort }: { readonly peak: number; readonly target: number; readonly effort: number },
  random: Random,
  work: UniformWork,
): number {
  copyTable(work.best, work.trial);
  searchPairedCounts(layer, work.trial, target, Math.round(PAIR_EVALUATIONS * effort), random);
  const paired = swapDescent(layer, work.trial, target, SWAPS);
  if (paired >= peak) return peak;
  copyTable(work.trial, work.best);
  return paired;
}

function isNew(counts: Int32Array, seen: number, list: Int32Array[]): boolean {
  for (let i = 0; i < seen; i++) if (sameCounts(list[i]!, counts)) return false;
  const copy = list[seen];
  if (copy === undefined) list.push(counts.slice());
  else copy.set(counts);
  return true;
}

function sameCounts(a: Int32Array, b: Int32Array): boolean {
  for (let expert = a.length - 2; expert >= 0; expert--) if (a[expert] !== b[expert]) return false;
  return true;
}
