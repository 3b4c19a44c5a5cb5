import { PlacementError } from './model.ts';
import { type Point, paretoFront } from './solver/front.ts';

export interface LostLayer {
  readonly layer: number;
  /** [rank][slot], those of lost ranks empty */
  readonly slots: Int32Array;
  readonly ranks: number;
  readonly lost: ReadonlySet<number>;
  /** [expert] */
  readonly tokens: Float64Array;
  /** experts that may arrive */
  readonly perLayer: number;
  readonly perRank: number;
  /** moves beyond what must be that are worth looking at */
  readonly spare: number;
}

/** From what must move on: rising moves, falling PAR under uniform split. */
export type RecoveredLayer = readonly Point[];

/**
 * Places one layer on the survivors. Experts that nobody holds, heaviest first, take empty slots or those of second
 * copies; then the hottest rank is relieved step by step, by another copy of one of its experts elsewhere (one move), by
 * a lighter expert in place of a copy that it holds (one) or by an exchange (two). A step is taken where it lowers the
 * sum of squared rank loads most for its moves; ties go to the lowest slot.
 */
export function recoverLayer(problem: LostLayer): RecoveredLayer {
  const state = stateOf(problem);
  enterMissing(state);
  const points: Point[] = [pointOf(state)];
  const most = state.moves + problem.spare;
  for (let step = 0; step < MOST_STEPS && state.moves < most && points.at(-1)!.par > GOOD; step++) {
    if (!relieve(state)) break;
    points.push(pointOf(state));
  }
  const { perLayer } = problem;
  const front = paretoFront(points.filter(({ moves }) => moves <= perLayer));
  if (front.length > 0) return worthTheirMoves(front);
  throw new PlacementError(
    'infeasible',
    `layer ${problem.layer}: ${points[0]!.moves} experts must be loaded, ${perLayer} may move`,
  );
}

const MOST_STEPS = 96;
/** PAR below which a loss is no time to move more */
const GOOD = 1.02;
/** PAR that a move must earn in its layer, as in the solver */
const MOVE_COST = 1e-4;

function worthTheirMoves(front: readonly Point[]): readonly Point[] {
  let last = 0;
  const price = ({ par, moves }: Point) => par + MOVE_COST * moves;
  for (let i = 1; i < front.length; i++) if (price(front[i]!) < price(front[last]!)) last = i;
  return front.slice(0, last + 1);
}

interface State {
  readonly problem: LostLayer;
  readonly slots: Int32Array;
  readonly width: number;
  readonly experts: number;
  /** survivors */
  readonly alive: readonly number[];
  /** [expert] */
  readonly counts: Int32Array;
  /** [expert] -> ranks */
  readonly holders: number[][];
  /** [rank] tokens, each expert's shared evenly among its copies */
  readonly load: Float64Array;
  /** [rank * experts + expert] 1: the rank holds it now, 2: it held it before */
  readonly held: Uint8Array;
  /** [rank] */
  readonly arrivals: Int32Array;
  moves: number;
}

function stateOf(problem: LostLayer): State {
  const { ranks, lost, tokens } = problem;
  const experts = tokens.length;
  const slots = problem.slots.slice();
  const width = slots.length / ranks;
  const state: State = {
    problem,
    slots,
    width,
    experts,
    alive: Array.from({ length: ranks }, (_, rank) => rank).filter((rank) => !lost.has(rank)),
    counts: new Int32Array(experts),
    holders: Array.from({ length: experts }, () => []),
    load: new Float64Array(ranks),
    held: new Uint8Array(ranks * experts),
    arrivals: new Int32Array(ranks),
    moves: 0,
  };
  for (let slot = 0; slot < slots.length; slot++) {
    const expert = slots[slot]!;
    if (expert < 0) continue;
    const rank = Math.floor(slot / width);
    const cell = rank * experts + expert;
    if (state.held[cell] !== 0) {
      slots[slot] = -1; // a second copy on a rank serves nothing: its slot is free
      continue;
    }
    state.held[cell] = 3;
    state.counts[expert]! += 1;
    state.holders[expert]!.push(rank);
  }
  for (let expert = 0; expert < experts; expert++) {
    for (const rank of state.holders[expert]!) state.load[rank]! += tokens[expert]! / state.counts[expert]!;
  }
  return state;
}

function enterMissing(state: State): void {
  const { counts, problem } = state;
  const missing = Array.from(counts.keys()).filter((expert) => counts[expert] === 0);
  missing.sort((a, b) => problem.tokens[b]! - problem.tokens[a]! || a - b);
  for (const expert of missing) {
    const slot = bestSlot(state, expert);
    if (slot < 0) throw noRoom(state, expert);
    put(state, slot, expert);
  }
}

/** On one of the coolest ranks that have a slot to give; -1: none has. */
function bestSlot(state: State, expert: number): number {
  const { alive, load, arrivals, width, slots, counts, problem } = state;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  let looked = 0;
  for (const rank of alive.toSorted((a, b) => load[a]! - load[b]! || a - b)) {
    if (arrivals[rank]! >= problem.perRank) continue;
    let has = false;
    for (let slot = rank * width; slot < (rank + 1) * width; slot++) {
      const gone = slots[slot]!;
      if (gone >= 0 && counts[gone]! < 2) continue;
      has = true;
      const rise = riseOf(state, slot, expert);
      if (rise >= least) continue;
      least = rise;
      best = slot;
    }
    if (has && ++looked === COOLEST) break;
  }
  return best;
}

const COOLEST = 16;

function noRoom({ alive, width, experts, problem }: State, expert: number): PlacementError {
  const room = alive.length * width;
  const why =
    room < experts
      ? `${room} slots of ${alive.length} ranks can't hold ${experts} experts; give the survivors more slots`
      : `no rank may take expert ${expert}; let more experts move per rank`;
  return new PlacementError('infeasible', `layer ${problem.layer}: ${why}`);
}

interface Step {
  /** slot of the hottest rank that is exchanged with `to`; -1: `expert` is put into `to` */
  readonly from: number;
  readonly to: number;
  readonly expert: number;
}

/** One step for the hottest rank; false: none helps. */
function relieve(state: State): boolean {
  const { alive, load } = state;
  const hottest = alive.reduce((a, b) => (load[b]! > load[a]! ? b : a));
  const search: Search = { hottest, steepest: -1e-9 * load[hottest]! ** 2, best: undefined };
  const rising = alive.toSorted((a, b) => load[a]! - load[b]! || a - b);
  for (const [i, rank] of rising.entries()) {
    if (rank === hottest) continue;
    if (i < COOLEST) offerCopies(state, search, rank);
    offerExchanges(state, search, rank);
  }
  offerLighter(state, search);
  if (search.best === undefined) return false;
  const { from, to, expert } = search.best;
  if (from < 0) put(state, to, expert);
  else exchange(state, from, to);
  return true;
}

interface Search {
  readonly hottest: number;
  /** change of the sum of squares per move, of the best step so far */
  steepest: number;
  best: Step | undefined;
}

function offer(search: Search, fall: number, moves: number, step: Step): void {
  if (fall / moves >= search.steepest) return;
  search.steepest = fall / moves;
  search.best = step;
}

/** Another copy of what the hottest rank holds. */
function offerCopies(state: State, search: Search, rank: number): void {
  const { slots, width, counts, load } = state;
  const { tokens } = state.problem;
  const first = search.hottest * width;
  for (let to = rank * width; to < (rank + 1) * width; to++) {
    const gone = slots[to]!;
    if (gone >= 0 && counts[gone]! < 2) continue;
    const left = load[rank]! - (gone < 0 ? 0 : tokens[gone]! / counts[gone]!);
    for (let from = first; from < first + width; from++) {
      const own = slots[from]!;
      if (own < 0 || left + tokens[own]! / (counts[own]! + 1) >= load[search.hottest]!) continue;
      if (holds(state, rank, own) || !mayArrive(state, rank, own)) continue;
      offer(search, riseOf(state, to, own), costOf(state, rank, own), { from: -1, to, expert: own });
    }
  }
}

/** What the hottest rank holds against something lighter: no number of copies changes. */
function offerExchanges(state: State, search: Search, rank: number): void {
  const { slots, width, counts, load } = state;
  const { tokens } = state.problem;
  const { hottest } = search;
  const gap = load[hottest]! - load[rank]!;
  for (let from = hottest * width; from < (hottest + 1) * width; from++) {
    const own = slots[from]!;
    if (own < 0) continue;
    const share = tokens[own]! / counts[own]!;
    for (let to = rank * width; to < (rank + 1) * width; to++) {
      const other = slots[to]!;
      if (other < 0) continue;
      const change = tokens[other]! / counts[other]! - share;
      if (change >= 0 || -change >= gap) continue;
      if (holds(state, rank, own) || holds(state, hottest, other)) continue;
      if (!mayArrive(state, rank, own) || !mayArrive(state, hottest, other)) continue;
      const moves = costOf(state, rank, own) + costOf(state, hottest, other);
      offer(search, 2 * change * gap + 2 * change * change, moves, { from, to, expert: own });
    }
  }
}

/** The lightest expert in place of a copy that the hottest rank can do without. */
function offerLighter(state: State, search: Search): void {
  const { slots, width, counts, experts } = state;
  const { tokens } = state.problem;
  const { hottest } = search;
  let lightest = -1;
  for (let expert = 0; expert < experts; expert++) {
    if (holds(state, hottest, expert) || !mayArrive(state, hottest, expert)) continue;
    const share = tokens[expert]! / (counts[expert]! + 1);
    if (lightest < 0 || share < tokens[lightest]! / (counts[lightest]! + 1)) lightest = expert;
  }
  if (lightest < 0) return;
  for (let to = hottest * width; to < (hottest + 1) * width; to++) {
    const gone = slots[to]!;
    if (gone < 0 || counts[gone]! < 2) continue;
    offer(search, riseOf(state, to, lightest), costOf(state, hottest, lightest), { from: -1, to, expert: lightest });
  }
}

/** By how much the sum of squared loads rises when the slot's expert gives way to another, exactly. */
function riseOf(state: State, slot: number, expert: number): number {
  const { slots, width, counts, holders, load } = state;
  const { tokens } = state.problem;
  const rank = Math.floor(slot / width);
  const gone = slots[slot]!;
  const share = tokens[expert]! / (counts[expert]! + 1);
  const less = counts[expert]! === 0 ? 0 : tokens[expert]! / counts[expert]! - share;
  const more = gone < 0 ? 0 : tokens[gone]! / (counts[gone]! - 1) - tokens[gone]! / counts[gone]!;
  let own = load[rank]! + share;
  let rise = 0;
  for (const holder of holders[expert]!) rise += less * less - 2 * load[holder]! * less;
  if (gone >= 0) {
    own -= tokens[gone]! / counts[gone]!;
    for (const holder of holders[gone]!) {
      if (holder === rank) continue;
      // a holder of both changes by the difference, not by each alone
      const both = less > 0 && holds(state, holder, expert) ? 2 * more * less : 0;
      rise += more * more + 2 * load[holder]! * more - both;
    }
  }
  return rise + own * own - load[rank]! * load[rank]!;
}

function put(state: State, slot: number, expert: number): void {
  const rank = Math.floor(slot / state.width);
  if (state.slots[slot]! >= 0) take(state, rank, state.slots[slot]!, -1);
  state.slots[slot] = expert;
  take(state, rank, expert, 1);
}

function exchange(state: State, from: number, to: number): void {
  const [own, other] = [state.slots[from]!, state.slots[to]!];
  const [rank, target] = [Math.floor(from / state.width), Math.floor(to / state.width)];
  take(state, rank, own, -1);
  take(state, target, other, -1);
  state.slots[from] = other;
  state.slots[to] = own;
  take(state, rank, other, 1);
  take(state, target, own, 1);
}

/** A copy more (1) or less (-1) on a rank. */
function take(state: State, rank: number, expert: number, sign: 1 | -1): void {
  const { holders, counts, load, held, arrivals } = state;
  const tokens = state.problem.tokens[expert]!;
  for (const holder of holders[expert]!) load[holder]! -= tokens / counts[expert]!;
  if (sign === 1) holders[expert]!.push(rank);
  else holders[expert]!.splice(holders[expert]!.indexOf(rank), 1);
  counts[expert]! += sign;
  for (const holder of holders[expert]!) load[holder]! += tokens / counts[expert]!;
  const cell = rank * state.experts + expert;
  held[cell] = sign === 1 ? held[cell]! | 1 : held[cell]! & 2;
  if ((held[cell]! & 2) === 0) {
    arrivals[rank]! += sign;
    state.moves += sign;
  }
}

function holds({ held, experts }: State, rank: number, expert: number): boolean {
  return (held[rank * experts + expert]! & 1) === 1;
}

/** What it held before costs nothing; a hundredth keeps the division whole. */
function costOf({ held, experts }: State, rank: number, expert: number): number {
  return held[rank * experts + expert] === 2 ? 0.01 : 1;
}

function mayArrive(state: State, rank: number, expert: number): boolean {
  const { arrivals, problem, held, experts } = state;
  return held[rank * experts + expert] === 2 || arrivals[rank]! < problem.perRank;
}

function pointOf({ slots, load, alive, moves }: State): Point {
  let peak = 0;
  let sum = 0;
  for (const rank of alive) {
    peak = Math.max(peak, load[rank]!);
    sum += load[rank]!;
  }
  return { moves, par: sum === 0 ? 1 : (peak * alive.length) / sum, slots: slots.slice() };
}
