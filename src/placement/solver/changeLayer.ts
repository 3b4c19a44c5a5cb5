import { Random } from '../random.ts';
import { PlacementError } from '../types.ts';
import { refinedAbout } from './annealedFront.ts';
import type { Task } from './checkProblem.ts';
import { countAlone } from './countAlone.ts';
import { fewMovesFront } from './fewMoves.ts';
import type { FewMovesRequest } from './fewMovesRequest.ts';
import { isUsable, originOf } from './formerHolders.ts';
import { allocateMoves, type Point, paretoFront } from './front.ts';
import type { Layer, LayerSlots } from './layer.ts';
import { layerBound } from './lowerBound.ts';
import { objectiveOf } from './objective.ts';
import { relabelRanks } from './relabel.ts';
import { withoutLimit } from './timeLimit.ts';

/** Levels in a row that are worth less than one before. */
const PATIENCE = 2;
/** moves */
const NO_LIMIT = 2 ** 31 - 1;
/** Going on to the free solution's PAR takes about so many moves per layer, which earn less than they cost. */
const LAST_MOVES = 10;
/** steps of a repair besides two for each rank */
const STEPS = 50;
/** tries after each step at effort 1 */
const POLISH = 300;
/** tries to take arrivals back at effort 1 */
const RETRACTIONS = 3000;
/** Ranks that are assigned in one go; the effort grows with the third power. */
const MOST_ASSIGNED = 128;

/** What a layer may become. */
export interface LayerChanges {
  /** from the old placement as it is to the free solution, within the budgets of a layer and a rank: rising moves, falling PAR */
  readonly front: readonly Point[];
  /** the front after a closer search about the point of it that a budget has chosen */
  readonly about: (chosen: Point) => readonly Point[];
}

/** The old placement of one layer of the problem. */
export interface OldLayer {
  readonly index: number;
  readonly old: LayerSlots;
  readonly seed: number;
}

/** `free` solves the layer as if there were no old placement. */
export function changesOfLayer(layer: Layer, task: Task, given: OldLayer, free: () => LayerSlots): LayerChanges {
  const { split, objective } = task;
  const { index, old, seed } = given;
  const points: Point[] = [];
  const origin = originOf(layer, old);
  if (isUsable(layer, old)) {
    const par = objectiveOf(layer, old, split, objective);
    points.push({ moves: 0, par, slots: old });
    const isGood = par <= Math.max(task.parThreshold, layerBound(layer, split, objective));
    if (isGood && !layer.coverHosts) return { front: points, about: () => points };
  }
  const freely = relabelled(layer, task, free(), old);
  const limits = limitsOf(layer, task, index, objectiveOf(layer, freely, split, objective));
  const { perLayer, perRank } = limits;
  const request: FewMovesRequest = {
    kind: split === 'fractional' ? 'uniform' : split,
    objective,
    old,
    origin,
    free: freely,
    limits,
    effort: task.effort,
    oldPar: points[0]?.par ?? Number.POSITIVE_INFINITY,
    isEnough: enoughFor(task, index, limits),
  };
  const random = new Random(seed);
  for (const { slots } of fewMovesFront(layer, request, random)) points.push(measured(layer, task, slots, origin));
  points.push(measured(layer, task, freely, origin));
  const covered = mostCovered(layer, points);
  const within = (found: readonly Point[]) => {
    const allowed = found.filter(({ moves, slots }) => moves <= perLayer && worstRank(layer, slots, origin) <= perRank);
    return paretoFront(allowed).filter((point) => point.moves === 0 || isWorthIt(point, allowed[0]!, task));
  };
  const about = (chosen: Point) => {
    if (!limits.isTight || layer.coverHosts || task.effort === 0 || chosen.moves === 0) return front;
    const whole = paretoFront(points);
    const start = whole.find(({ par }) => par < chosen.par) ?? chosen;
    const found = refinedAbout(layer, request, chosen, start, random);
    return within([...front, ...found.map(({ slots }) => measured(layer, task, slots, origin))]);
  };
  const front = within(covered);
  if (front.length > 0) return { front, about };
  // the time limit came while there was nothing within the budget yet: the fast mode looks to its end
  if (layer.shouldStop()) return changesOfLayer(withoutLimit(layer), { ...task, effort: 0 }, given, free);
  throw new PlacementError(
    'infeasible',
    `layer ${index}: within the move budget none was found that has every expert, once on a rank at most, and every slot ` +
      `filled${task.problem.cover === undefined ? '' : ', and as many experts covered as can be'}; raise maxMoves`,
  );
}

function limitsOf(layer: Layer, task: Task, index: number, freePar: number): FewMovesRequest['limits'] {
  const { maxMoves, effort } = task;
  const perLayer = Math.min(maxMoves.perLayer ?? NO_LIMIT, maxMoves.total ?? NO_LIMIT);
  const perRank = maxMoves.perRank ?? NO_LIMIT;
  const target = Math.max(freePar, task.targetPar[index]!);
  return {
    target,
    aim: task.targetPar[index]! > 1 ? target : Math.max(target, freePar + LAST_MOVES * task.moveCost),
    perLayer,
    perRank,
    expected: Math.min(perLayer, (maxMoves.total ?? NO_LIMIT) / task.problem.load.layers),
    isTight: Math.min(perLayer, perRank) < NO_LIMIT,
    steps: STEPS + 2 * layer.ranks,
    polish: Math.round(POLISH * effort),
    retractions: Math.round(RETRACTIONS * effort),
  };
}

/**
 * A total is shared out over whole fronts. Otherwise a front may end within the budget of its layer, at the target, or
 * where fewer moves save less than they cost in PAR.
 */
function enoughFor(task: Task, index: number, { perLayer, target }: { perLayer: number; target: number }) {
  let best = Number.POSITIVE_INFINITY;
  let worse = 0;
  return ({ par, moves }: Point) => {
    const cost = par + task.moveCost * moves;
    worse = cost < best ? 0 : worse + 1;
    best = Math.min(best, cost);
    if (task.maxMoves.total !== undefined || moves > perLayer) return false;
    return worse >= PATIENCE || (task.targetPar[index]! > 1 && par > target);
  };
}

/** Under host cover only the points that leave fewest experts on one host. */
function mostCovered(layer: Layer, points: readonly Point[]): readonly Point[] {
  if (!layer.coverHosts) return points;
  const alone = points.map((point) => countAlone(point.slots, layer, layer.ranksPerHost));
  const least = Math.min(...alone);
  return points.filter((_, i) => alone[i] === least);
}

/**
 * Chooses a point for every layer: at most `total` moves in all, and every move worth its cost. Under a budget twice, the
 * second time from what a closer search has found about the first choice, unless it is late.
 */
export function chooseChanges(changes: readonly LayerChanges[], task: Task): LayerSlots[] {
  const first = choosePoints(
    changes.map(({ front }) => front),
    task,
  );
  if (Object.values(task.maxMoves).every((budget) => budget === undefined)) return first.map(({ slots }) => slots);
  const closer = changes.map(({ front, about }, layer) => (task.timeLimit.shouldStop() ? front : about(first[layer]!)));
  return choosePoints(closer, task).map(({ slots }) => slots);
}

function choosePoints(fronts: readonly (readonly Point[])[], task: Task): Point[] {
  const needed = fronts.reduce((sum, front) => sum + front[0]!.moves, 0);
  if (needed > (task.maxMoves.total ?? NO_LIMIT)) {
    throw new PlacementError(
      'infeasible',
      `the layers together need ${needed} moves to hold every expert in slots that are filled, ${task.maxMoves.total} are allowed; raise maxMoves`,
    );
  }
  const worthwhile = fronts.map((front, index) => worthTheirMoves(front, task.moveCost, task.targetPar[index]!));
  const chosen = allocateMoves(worthwhile, task.maxMoves.total ?? NO_LIMIT);
  return worthwhile.map((front, index) => front[chosen[index]!]!);
}

/** The front up to the point that minimises PAR + moveCost * moves, or to the first that meets the target. */
function worthTheirMoves(front: readonly Point[], moveCost: number, target: number): Point[] {
  const met = front.findIndex((point) => point.par <= target * (1 + 1e-9));
  let last = 0;
  for (let i = 1; i < front.length; i++) {
    const better = front[i]!.par + moveCost * front[i]!.moves < front[last]!.par + moveCost * front[last]!.moves;
    if (better) last = i;
  }
  return front.slice(0, (met >= 0 ? met : last) + 1);
}

function isWorthIt(point: Point, first: Point, task: Task): boolean {
  return first.moves > 0 || first.par - point.par >= task.minGain;
}

function measured(layer: Layer, task: Task, slots: LayerSlots, origin: Uint8Array): Point {
  let moves = 0;
  for (let slot = 0; slot < slots.length; slot++) {
    if (slots[slot]! >= 0 && origin[Math.floor(slot / layer.slots) * layer.experts + slots[slot]!] === 0) moves++;
  }
  return { moves, par: objectiveOf(layer, slots, task.split, task.objective), slots };
}

function worstRank(layer: Layer, slots: LayerSlots, origin: Uint8Array): number {
  const arrivals = new Int32Array(layer.ranks);
  for (let slot = 0; slot < slots.length; slot++) {
    const rank = Math.floor(slot / layer.slots);
    if (slots[slot]! >= 0 && origin[rank * layer.experts + slots[slot]!] === 0) arrivals[rank] = arrivals[rank]! + 1;
  }
  return arrivals.reduce((most, count) => Math.max(most, count), 0);
}

/** Under affine routing it matters on which rank a copy stands, and on uneven dies which die it is. */
function relabelled(layer: Layer, task: Task, slots: LayerSlots, old: LayerSlots): LayerSlots {
  if (task.split === 'affine' || task.split === 'joint' || !layer.evenRanks) return slots;
  const withinHosts = task.problem.cover === 'host' || layer.ranks > MOST_ASSIGNED;
  return relabelRanks(layer, slots, old, withinHosts ? layer.ranksPerHost : layer.ranks);
}
