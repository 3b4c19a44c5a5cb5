import type { LayerSlots } from './layer.ts';

/** A placement of one layer, what it costs to reach from the old one and how good it is. */
export interface Point {
  readonly moves: number;
  /** the objective */
  readonly par: number;
  readonly slots: LayerSlots;
}

/** The points that no other beats in both: rising moves, falling PAR. */
export function paretoFront(points: readonly Point[]): Point[] {
  const front: Point[] = [];
  for (const point of [...points].sort((a, b) => a.moves - b.moves || a.par - b.par)) {
    const last = front[front.length - 1];
    if (last === undefined || point.par < last.par - 1e-12) front.push(point);
  }
  return front;
}

/**
 * Which point every layer takes so that all moves together stay within `total`: steps along the lower convex hulls of
 * the fronts, the steepest gain per move first. Returns [layer], an index into its front.
 */
export function allocateMoves(fronts: readonly (readonly Point[])[], total: number): Int32Array {
  const chosen = new Int32Array(fronts.length);
  let left = total;
  for (const front of fronts) left -= front[0]!.moves;
  const steps: { layer: number; to: number; moves: number; slope: number }[] = [];
  for (const [layer, front] of fronts.entries()) {
    for (let at = 0; at < front.length - 1; ) {
      const to = steepest(front, at);
      const moves = front[to]!.moves - front[at]!.moves;
      steps.push({ layer, to, moves, slope: (front[at]!.par - front[to]!.par) / moves });
      at = to;
    }
  }
  // the steps of one layer fall in slope, so this order never asks for a later step before an earlier one
  steps.sort((a, b) => b.slope - a.slope || a.layer - b.layer || a.to - b.to);
  const closed = new Set<number>();
  for (const { layer, to, moves } of steps) {
    if (closed.has(layer)) continue;
    if (moves > left) {
      closed.add(layer);
      continue;
    }
    chosen[layer] = to;
    left -= moves;
  }
  return chosen;
}

function steepest(front: readonly Point[], from: number): number {
  let best = from + 1;
  let bestSlope = 0;
  for (let to = from + 1; to < front.length; to++) {
    const slope = (front[from]!.par - front[to]!.par) / (front[to]!.moves - front[from]!.moves);
    if (slope > bestSlope) {
      bestSlope = slope;
      best = to;
    }
  }
  return best;
}
