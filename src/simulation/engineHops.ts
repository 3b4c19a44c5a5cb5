import type { Hop } from '../moves/lifeCycle.ts';
import { planLayer } from '../placement/index.ts';

/** As vLLM plans them: each holder serves equally many receivers. Slots are [rank][slot]. */
export function vllmHops(old: Int32Array, next: Int32Array, ranks: number): readonly Hop[] {
  return planLayer(0, old, next, ranks, { senders: 'vllm' }).transfers;
}

/** vllm-ascend's: for each expert that a rank newly needs, the first rank that drops it, else the first that holds it. */
export function greedyHops(old: Int32Array, next: Int32Array, ranks: number): readonly Hop[] {
  const before = heldBy(old, ranks);
  const after = heldBy(next, ranks);
  const hops: Hop[] = [];
  for (let to = 0; to < ranks; to++) {
    for (const expert of [...after[to]!].sort((a, b) => a - b)) {
      if (before[to]!.has(expert)) continue;
      const dropping = before.findIndex((held, rank) => held.has(expert) && !after[rank]!.has(expert));
      const from = dropping >= 0 ? dropping : before.findIndex((held) => held.has(expert));
      hops.push({ expert, from, to });
    }
  }
  return hops;
}

/** OmniPlacement's: slot by slot over all ranks, each from the holder that has communicated least; ties to the lowest. */
export function omniHops(old: Int32Array, next: Int32Array, ranks: number): readonly Hop[] {
  const before = heldBy(old, ranks);
  const slotsPerRank = next.length / ranks;
  const communicated = new Int32Array(ranks);
  const hops: Hop[] = [];
  for (let slot = 0; slot < slotsPerRank; slot++) {
    for (let to = 0; to < ranks; to++) {
      const expert = next[to * slotsPerRank + slot]!;
      if (expert < 0 || before[to]!.has(expert)) continue;
      let from = -1;
      for (let rank = 0; rank < ranks; rank++) {
        if (before[rank]!.has(expert) && (from < 0 || communicated[rank]! < communicated[from]!)) from = rank;
      }
      communicated[from]! += 1;
      communicated[to]! += 1;
      hops.push({ expert, from, to });
    }
  }
  return hops;
}

function heldBy(slots: Int32Array, ranks: number): Set<number>[] {
  const slotsPerRank = slots.length / ranks;
  return Array.from({ length: ranks }, (_, rank) => {
    const held = new Set(slots.subarray(rank * slotsPerRank, (rank + 1) * slotsPerRank));
    held.delete(-1);
    return held;
  });
}
