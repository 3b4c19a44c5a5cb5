import type { Layer } from './layer.ts';

/** experts of which the bound is computed: further ones are lower */
const HOTTEST = 3;

/**
 * A lower bound where redundancy is scarce: a rank that holds a copy of a hot expert fills its other slots too, with
 * nothing smaller than the coolest experts, split by whatever copies the hot one leaves over. For each of the hottest
 * experts the best number of copies is tried, as if nobody else needed any. Only for layers without empty slots.
 */
export function companionBound(layer: Layer, weight: Float64Array): number {
  const { experts, ranks, slots, copies, maxCopies } = layer;
  if (copies !== ranks * slots) return 0;
  const rising = Int32Array.from({ length: experts }, (_, expert) => expert);
  rising.sort((a, b) => weight[a]! - weight[b]! || a - b);
  const spare = copies - experts;
  let bound = 0;
  for (let i = 0; i < Math.min(HOTTEST, experts); i++) {
    const hot = rising[experts - 1 - i]!;
    let least = Number.POSITIVE_INFINITY;
    const companions = coolestWithout(hot, weight, rising, slots - 1);
    for (let count = 1; count <= Math.min(maxCopies, spare + 1) && least > bound; count++) {
      least = Math.min(least, weight[hot]! / count + leastSum(companions, spare - (count - 1), maxCopies));
    }
    bound = Math.max(bound, least);
  }
  return bound;
}

function coolestWithout(hot: number, weight: Float64Array, rising: Int32Array, size: number): readonly number[] {
  const chosen: number[] = [];
  for (const expert of rising) {
    if (chosen.length === size) break;
    if (expert !== hot) chosen.push(weight[expert]!);
  }
  return chosen;
}

/** Of unit loads of experts that share `spare` further copies. */
function leastSum(chosen: readonly number[], spare: number, maxCopies: number): number {
  const counts = new Int32Array(chosen.length).fill(1);
  for (let left = spare; left > 0; left--) {
    let best = -1;
    let most = 0;
    for (let i = 0; i < chosen.length; i++) {
      const saved = chosen[i]! / (counts[i]! * (counts[i]! + 1));
      if (saved <= most || counts[i]! >= maxCopies) continue;
      most = saved;
      best = i;
    }
    if (best < 0) break;
    counts[best]! += 1;
  }
  return chosen.reduce((sum, value, i) => sum + value / counts[i]!, 0);
}
