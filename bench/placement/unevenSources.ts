import { type Load, layerSlots, type Placement } from '../../src/placement/index.ts';
import { generator } from './workloads.ts';

/** Mean affine PAR when source ranks don't send the same number of tokens: one weight per rank, 10 % deviation. */
export function unevenSources(placement: Placement, load: Load, ranksPerHost: number, seed: number): number {
  const random = generator(seed);
  const { ranks, experts, layers } = placement;
  let sum = 0;
  for (let layer = 0; layer < layers; layer++) {
    const sent = Float64Array.from({ length: ranks }, () => Math.max(0, 1 + 0.1 * random.normal()));
    const slots = layerSlots(placement, layer);
    const perRank = slots.length / ranks;
    const holders: number[][] = Array.from({ length: experts }, () => []);
    for (let slot = 0; slot < slots.length; slot++) {
      if (slots[slot]! >= 0) holders[slots[slot]!]!.push(Math.floor(slot / perRank));
    }
    const loads = new Float64Array(ranks);
    for (let expert = 0; expert < experts; expert++) {
      for (let source = 0; source < ranks; source++) {
        const rank = route(holders[expert]!, source, ranksPerHost);
        loads[rank] = loads[rank]! + load.tokens[layer * experts + expert]! * sent[source]!;
      }
    }
    const total = loads.reduce((all, value) => all + value, 0);
    sum += (Math.max(...loads) * ranks) / total / layers;
  }
  return sum;
}

function route(holders: readonly number[], source: number, ranksPerHost: number): number {
  if (holders.includes(source)) return source;
  const near = holders.filter((rank) => Math.floor(rank / ranksPerHost) === Math.floor(source / ranksPerHost));
  const candidates = near.length > 0 ? near : holders;
  return candidates[source % candidates.length]!;
}
