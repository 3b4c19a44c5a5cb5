import type { Move } from './moves.ts';
import type { ShareState } from './shareState.ts';

/** Counts the experts that stand where the old placement had none of them. */
export interface Arrivals {
  /** [rank][expert], 1 where the old placement holds the expert */
  readonly origin: Uint8Array;
  readonly experts: number;
  /** [rank] */
  readonly onRank: Int32Array;
  total: number;
}

export function createArrivals(state: ShareState, origin: Uint8Array): Arrivals {
  const { layer, slotExpert } = state;
  const arrivals: Arrivals = { origin, experts: layer.experts, onRank: new Int32Array(layer.ranks), total: 0 };
  for (let slot = 0; slot < slotExpert.length; slot++) {
    if (isArrival(arrivals, (slot / layer.slots) | 0, slotExpert[slot]!)) {
      const rank = (slot / layer.slots) | 0;
      arrivals.onRank[rank] = arrivals.onRank[rank]! + 1;
      arrivals.total++;
    }
  }
  return arrivals;
}

export function isArrival(arrivals: Arrivals, rank: number, expert: number): boolean {
  return expert < arrivals.experts && arrivals.origin[rank * arrivals.experts + expert] === 0;
}

/** Arrivals that a move adds, less those it takes back. */
export function arrivalsAdded(arrivals: Arrivals, move: Move): number {
  const { origin, experts } = arrivals;
  let cost = 0;
  for (let i = 0; i < move.size; i++) {
    const expert = move.expert[i]!;
    if (expert === experts) continue;
    const from = move.from[i]!;
    const to = move.to[i]!;
    if (to >= 0 && origin[to * experts + expert] === 0) cost++;
    if (from >= 0 && origin[from * experts + expert] === 0) cost--;
  }
  return cost;
}

export function noteMove(arrivals: Arrivals, move: Move): void {
  const { onRank } = arrivals;
  for (let i = 0; i < move.size; i++) {
    const expert = move.expert[i]!;
    const from = move.from[i]!;
    const to = move.to[i]!;
    if (to >= 0 && isArrival(arrivals, to, expert)) {
      onRank[to] = onRank[to]! + 1;
      arrivals.total++;
    }
    if (from >= 0 && isArrival(arrivals, from, expert)) {
      onRank[from] = onRank[from]! - 1;
      arrivals.total--;
    }
  }
}

/** Whether some rank that the move sends an expert to would then have more arrivals than `perRank`. */
export function breaksRankBudget(arrivals: Arrivals, move: Move, perRank: number): boolean {
  for (let i = 0; i < move.size; i++) {
    const to = move.to[i]!;
    if (to < 0 || !isArrival(arrivals, to, move.expert[i]!)) continue;
    let after = arrivals.onRank[to]! + 1;
    for (let j = 0; j < move.size; j++) if (move.from[j] === to && isArrival(arrivals, to, move.expert[j]!)) after--;
    if (after > perRank) return true;
  }
  return false;
}
