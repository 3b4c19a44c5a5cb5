/** What the checks need to know of a pattern [rank][layer][expert]. */
export interface PatternStats {
  /** First value that is neither 0 nor 1, with its place. */
  readonly notBinary: { readonly value: number; readonly at: readonly [number, number, number] } | null;
  /** Layers and experts that are on no rank, the first few, and how many in all. */
  readonly uncovered: readonly (readonly [layer: number, expert: number])[];
  readonly numUncovered: number;
  readonly minSlots: number;
  readonly maxSlots: number;
  readonly maxReplicas: number;
  /** Contiguous, without redundancy: rank r holds experts r*k .. r*k + k-1. */
  readonly isBase: boolean;
}

const SHOWN = 3;

export function patternStats(data: ArrayLike<number>, ranks: number, layers: number, experts: number): PatternStats {
  const perRank = experts / ranks;
  let notBinary: PatternStats['notBinary'] = null;
  let isBase = Number.isInteger(perRank);
  let minSlots = Number.POSITIVE_INFINITY;
  let maxSlots = 0;
  const replicas = new Int32Array(layers * experts); // [layer][expert]
  for (let rank = 0, i = 0; rank < ranks; rank++) {
    for (let layer = 0; layer < layers; layer++) {
      let slots = 0;
      for (let expert = 0; expert < experts; expert++, i++) {
        const value = data[i]!;
        if (value !== 0 && value !== 1) notBinary ??= { value, at: [rank, layer, expert] };
        const isHere = value !== 0;
        if (isHere !== (Math.floor(expert / perRank) === rank)) isBase = false;
        if (!isHere) continue;
        slots++;
        replicas[layer * experts + expert]! += 1;
      }
      minSlots = Math.min(minSlots, slots);
      maxSlots = Math.max(maxSlots, slots);
    }
  }
  const uncovered: [number, number][] = [];
  let numUncovered = 0;
  let maxReplicas = 0;
  for (let i = 0; i < replicas.length; i++) {
    maxReplicas = Math.max(maxReplicas, replicas[i]!);
    if (replicas[i] !== 0) continue;
    numUncovered++;
    if (uncovered.length < SHOWN) uncovered.push([Math.floor(i / experts), i % experts]);
  }
  return { notBinary, uncovered, numUncovered, minSlots, maxSlots, maxReplicas, isBase };
}
