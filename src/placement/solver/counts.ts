import { siftDown } from './heap.ts';
import type { Layer } from './layer.ts';

/** How spare copies are spread: to arg-max weight^alpha / copies. 1 is min-max, 0 makes fillers of cool experts. */
export type Alpha = 1 | 0.75 | 0.5 | 0.25 | 0;

/** [theta, alpha]; theta in mean rank loads. */
export type CountRule = readonly [number, Alpha];

/** What EPLB does. */
export const MIN_MAX: CountRule = [Number.POSITIVE_INFINITY, 1];

/**
 * One member of the family of copy counts: every expert gets ceil(weight / theta) copies, spare ones go to
 * arg-max weight^alpha / copies. A replica close to the mean rank load needs slots - 1 tiny companions, which is
 * why min-max alone (theta = infinity, alpha = 1) is the wrong rule where slots are few or the load is skewed.
 * Writes [expert] and returns true, or returns false when the floor alone needs more copies than there are.
 */
export function countCopies(
  layer: Layer,
  weight: Float64Array,
  [theta, alpha]: CountRule,
  counts: Int32Array,
  work: CountWork = createCountWork(layer),
): boolean {
  let spare = layer.copies;
  for (let expert = 0; expert < layer.experts; expert++) {
    let floor = Math.ceil(weight[expert]! / theta - 1e-9);
    if (floor < layer.leastCopies[expert]!) floor = layer.leastCopies[expert]!;
    if (floor > layer.maxCopies) floor = layer.maxCopies;
    counts[expert] = floor;
    spare -= floor;
  }
  if (spare < 0) return false;
  if (spare > 0) spreadSpare(layer, weight, alpha, counts, work);
  return true;
}

export interface CountWork {
  readonly power: Float64Array;
  readonly key: Float64Array;
  readonly heap: Int32Array;
}

export function createCountWork(layer: Layer): CountWork {
  const { experts } = layer;
  return { power: new Float64Array(experts), key: new Float64Array(experts), heap: new Int32Array(experts) };
}

function spreadSpare(layer: Layer, weight: Float64Array, alpha: Alpha, counts: Int32Array, work: CountWork): void {
  let spare = layer.copies;
  const { experts, maxCopies } = layer;
  const { power, key, heap } = work; // keys are negative, so that the least is the neediest
  let size = 0;
  for (let expert = 0; expert < experts; expert++) {
    // the tiny term lets experts without load share what is left instead of piling it on the first one
    power[expert] = -(raised(weight[expert]!, alpha) + 1e-9);
    key[expert] = power[expert]! / counts[expert]!;
    spare -= counts[expert]!;
    if (counts[expert]! < maxCopies) heap[size++] = expert;
  }
  for (let i = (size >> 1) - 1; i >= 0; i--) siftDown(heap, size, key, i);
  while (spare > 0 && size > 0) {
    const expert = heap[0]!;
    const count = counts[expert]! + 1;
    counts[expert] = count;
    key[expert] = power[expert]! / count;
    if (count >= maxCopies) heap[0] = heap[--size]!;
    siftDown(heap, size, key, 0);
    spare--;
  }
}

/** weight^alpha, by square roots only: Math.pow may differ between machines. */
export function raised(weight: number, alpha: Alpha): number {
  if (alpha === 1) return weight;
  if (alpha === 0) return 1 + weight * 1e-6;
  const root = Math.sqrt(weight);
  if (alpha === 0.5) return root;
  return alpha === 0.25 ? Math.sqrt(root) : root * Math.sqrt(root);
}
