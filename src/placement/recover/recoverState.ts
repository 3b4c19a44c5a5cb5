import type { Point } from '../solver/front.ts';

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

/** A layer of which ranks are lost, and what is done about it so far. */
export interface LayerState {
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

export function stateOf(problem: LostLayer): LayerState {
  const { ranks, lost, tokens } = problem;
  const experts = tokens.length;
  const slots = problem.slots.slice();
  const width = slots.length / ranks;
  const state: LayerState = {
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

/** By how much the sum of squared loads rises when the slot's expert gives way to another, exactly. */
export function riseOf(state: LayerState, slot: number, expert: number): number {
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
      const both = less > 0 && holdsExpert(state, holder, expert) ? 2 * more * less : 0;
      rise += more * more + 2 * load[holder]! * more - both;
    }
  }
  return rise + own * own - load[rank]! * load[rank]!;
}

export function put(state: LayerState, slot: number, expert: number): void {
  const rank = Math.floor(slot / state.width);
  if (state.slots[slot]! >= 0) take(state, rank, state.slots[slot]!, -1);
  state.slots[slot] = expert;
  take(state, rank, expert, 1);
}

export function exchangeSlots(state: LayerState, from: number, to: number): void {
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
function take(state: LayerState, rank: number, expert: number, sign: 1 | -1): void {
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

export function holdsExpert({ held, experts }: LayerState, rank: number, expert: number): boolean {
  return (held[rank * experts + expert]! & 1) === 1;
}

/** What it held before costs nothing; a hundredth keeps the division whole. */
export function numArrivals({ held, experts }: LayerState, rank: number, expert: number): number {
  return held[rank * experts + expert] === 2 ? 0.01 : 1;
}

export function mayArrive(state: LayerState, rank: number, expert: number): boolean {
  const { arrivals, problem, held, experts } = state;
  return held[rank * experts + expert] === 2 || arrivals[rank]! < problem.perRank;
}

export function pointOf({ slots, load, alive, moves }: LayerState): Point {
  let peak = 0;
  let sum = 0;
  for (const rank of alive) {
    peak = Math.max(peak, load[rank]!);
    sum += load[rank]!;
  }
  return { moves, par: sum === 0 ? 1 : (peak * alive.length) / sum, slots: slots.slice() };
}
