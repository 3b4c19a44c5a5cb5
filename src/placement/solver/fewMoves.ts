import type { Random } from '../random.ts';
import { countReplicas } from '../slots.ts';
import { annealedFront } from './annealedFront.ts';
import { annealMoves } from './annealMoves.ts';
import { type CountRule, countCopies, MIN_MAX } from './counts.ts';
import type { FewMovesRequest } from './fewMovesRequest.ts';
import { originOf } from './formerHolders.ts';
import { type Point, paretoFront } from './front.ts';
import { insertUnder } from './insertion.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { objectiveOf } from './objective.ts';
import { repair } from './repair.ts';
import { expertNeed } from './selection.ts';
import { createShareState } from './shareState.ts';
import { transitionTo } from './transition.ts';

/** changes to try at effort 1: times ranks squared, divided by slots, within limits */
const CHANGES = 620;
const LEAST_CHANGES = 30_000;
const MOST_CHANGES = 400_000;
/** PAR over the aim from which a repair still reaches it */
const CLOSE = 1.02;
/** So far above the free solution that a few steps from the old placement may do. */
const FEW_MOVES_DO = 1.05;
/** Hardly anything is left to polish after annealing. */
const ANNEALED_POLISH = 200;
/** Inserting exactly under the target evicts more than the repair afterwards would move. */
const LOOSER = 1.02;
/** [theta, alpha] of `countCopies` */
const FAMILY: readonly CountRule[] = [[0.85, 0.75], [0.75, 0.5], MIN_MAX];

/**
 * How good a layer can be for how many moves from the old placement. Solving freely and relabelling afterwards moves
 * nearly everything; all of this starts from the old placement. One load under uniform split without a budget is
 * annealed for the target; everything else for one level of load after the other (`annealedFront`). Where that can't
 * be, under host cover, transitions to new counts and insertions under the target are repaired greedily; one vector
 * of counts is enough there once the target is met, unless effort is above 1.
 */
export function fewMovesFront(layer: Layer, request: FewMovesRequest, random: Random): Point[] {
  const { kind, objective, old, limits, effort } = request;
  const weight = expertNeed(layer);
  const state = createShareState(layer, kind);
  const points: Point[] = [];
  let fewest = limits.perLayer;
  let isMet = false;
  const run = (start: LayerSlots | null, target = limits.target, polish = limits.polish) => {
    if (start === null) return;
    const own = { ...limits, target, polish, perLayer: fewest };
    for (const point of repair(state, start, request, own, random)) {
      points.push(point);
      // what needs more moves than that for the target is of no use any more
      if (point.par > target) continue;
      fewest = Math.min(fewest, point.moves);
      isMet = true;
    }
  };
  if (!layer.coverHosts && (kind !== 'uniform' || layer.episodes > 1 || limits.isTight)) {
    const isFar = limits.isTight || limits.aim > FEW_MOVES_DO * objectiveOf(layer, request.free, kind, objective);
    const nearest = isFar ? transitionTo(layer, weight, old, oldCounts(layer, weight, old)) : null;
    const annealed = annealedFront(layer, request, nearest, random);
    // annealing doesn't always find what a middling budget can reach
    if (limits.isTight && effort > 0) run(transitionTo(layer, weight, old, countReplicas(request.free, layer.experts)));
    return paretoFront([...points, ...annealed]);
  }
  const vectors = countVectors(layer, weight, request.free);
  const anneals = !layer.coverHosts && effort > 0;
  if (anneals) {
    for (const slots of annealedStarts(layer, request, vectors, random)) {
      run(slots, limits.aim, ANNEALED_POLISH);
      if (isMet) return paretoFront(points);
    }
  }
  for (const counts of vectors) {
    if (isMet && effort <= 1) break;
    run(insertUnder(layer, weight, old, counts, limits.target * LOOSER), anneals ? limits.aim : limits.target);
    run(transitionTo(layer, weight, old, counts), anneals ? limits.aim : limits.target);
  }
  if (limits.isTight) run(transitionTo(layer, weight, old, oldCounts(layer, weight, old)));
  return paretoFront(points);
}

/**
 * Annealed from one vector of counts after the other, where that leads close to the aim: now and then a hot expert gets
 * stuck with a copy too few, which no single change can mend.
 */
function* annealedStarts(
  layer: Layer,
  request: FewMovesRequest,
  vectors: readonly Int32Array[],
  random: Random,
): Iterable<LayerSlots> {
  const { aim } = request.limits;
  const changes = Math.round(changesFor(layer) * request.effort);
  for (const counts of vectors) {
    const start = insertUnder(layer, layer.meanWeight, request.old, counts, aim * LOOSER);
    if (start === null) continue;
    const slots = annealMoves(layer, start, { origin: request.origin, target: aim }, changes, random);
    if (objectiveOf(layer, slots, 'uniform', 'mean') < aim * CLOSE) yield slots;
  }
}

/** Changes to try: the fewer slots ranks have, the harder it is to fill each up to the target. */
function changesFor(layer: Layer): number {
  const { ranks, slots } = layer;
  return Math.min(MOST_CHANGES, Math.max(LEAST_CHANGES, (CHANGES * ranks * ranks) / slots));
}

function countVectors(layer: Layer, weight: Float64Array, free: LayerSlots): Int32Array[] {
  const vectors: Int32Array[] = [];
  for (const rule of FAMILY) {
    const counts = new Int32Array(layer.experts);
    if (countCopies(layer, weight, rule, counts)) vectors.push(counts);
  }
  vectors.push(countReplicas(free, layer.experts));
  return vectors.filter((vector, i) => vectors.findIndex((other) => isSame(vector, other)) === i);
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  return a.every((count, expert) => count === b[expert]);
}

/** The old counts where they fit: missing experts get a copy, then the hottest or the coolest unit load makes up the sum. */
function oldCounts(layer: Layer, weight: Float64Array, old: LayerSlots): Int32Array {
  const { experts, maxCopies } = layer;
  const counts = new Int32Array(experts);
  const origin = originOf(layer, old);
  for (let at = 0; at < origin.length; at++) counts[at % experts] = counts[at % experts]! + origin[at]!;
  let sum = 0;
  for (let expert = 0; expert < experts; expert++) {
    counts[expert] = Math.max(layer.leastCopies[expert]!, Math.min(counts[expert]!, maxCopies));
    sum += counts[expert]!;
  }
  for (; sum < layer.copies; sum++) change(counts, extreme(layer, weight, counts, 1), 1);
  for (; sum > layer.copies; sum--) change(counts, extreme(layer, weight, counts, -1), -1);
  return counts;
}

function change(counts: Int32Array, expert: number, by: number): void {
  counts[expert] = counts[expert]! + by;
}

/** The expert with the highest unit load that may get a copy, or the one that is least hot after losing one. */
function extreme(layer: Layer, weight: Float64Array, counts: Int32Array, by: 1 | -1): number {
  let best = -1;
  let bestKey = 0;
  for (let expert = 0; expert < counts.length; expert++) {
    if (by === 1 ? counts[expert]! >= layer.maxCopies : counts[expert]! <= layer.leastCopies[expert]!) continue;
    const key = by === 1 ? weight[expert]! / counts[expert]! : -weight[expert]! / (counts[expert]! - 1);
    if (best >= 0 && key <= bestKey) continue;
    best = expert;
    bestKey = key;
  }
  return best;
}
