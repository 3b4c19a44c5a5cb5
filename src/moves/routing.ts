import { affineCopies } from '../placement/index.ts';
import type { Routing, Shape } from './lifeCycle.ts';

const NONE: ReadonlySet<number> = new Set();

/** Where a layer's tokens go, each per token of the slot's expert; tokens start evenly on all ranks but lost ones, which hold nothing. [rank][slot] */
export interface Shares {
  /** to this slot */
  readonly share: Float64Array;
  /** to this slot, from other ranks of its host */
  readonly near: Float64Array;
  /** to this slot, from other hosts */
  readonly far: Float64Array;
}

/** The copies of each expert and what each gets. An empty slot gets nothing. */
export function sharesOf(
  slots: Int32Array,
  { experts, ranks, ranksPerHost }: Omit<Shape, 'layers'>,
  routing: Routing,
  lost: ReadonlySet<number> = NONE,
): Shares {
  const result = {
    share: new Float64Array(slots.length),
    near: new Float64Array(slots.length),
    far: new Float64Array(slots.length),
  };
  const slotsPerRank = slots.length / ranks;
  const copies: number[][] = Array.from({ length: experts }, () => []);
  for (let slot = 0; slot < slots.length; slot++) if (slots[slot]! >= 0) copies[slots[slot]!]!.push(slot);
  const host = Int32Array.from({ length: ranks }, (_, rank) => Math.floor(rank / ranksPerHost));
  const hostRanks = new Int32Array(host[ranks - 1]! + 1);
  for (const [rank, h] of host.entries()) if (!lost.has(rank)) hostRanks[h]! += 1;
  const alive = ranks - lost.size;
  for (const held of copies) {
    if (held.length === 1 || (routing === 'uniform' && held.length > 0)) {
      for (const slot of held) {
        const onHost = hostRanks[host[Math.floor(slot / slotsPerRank)]!]!;
        result.share[slot] = 1 / held.length;
        result.near[slot] = (onHost - 1) / alive / held.length;
        result.far[slot] = (alive - onHost) / alive / held.length;
      }
      continue;
    }
    if (held.length === 0) continue;
    const holders = held.map((slot) => Math.floor(slot / slotsPerRank));
    const used = routing === 'affine' ? affineCopies(holders, ranks, ranksPerHost) : null;
    for (let source = 0; source < ranks; source++) {
      if (lost.has(source)) continue;
      const slot = held[used === null ? source % held.length : used[source]!]!;
      const rank = Math.floor(slot / slotsPerRank);
      result.share[slot]! += 1 / alive;
      if (rank === source) continue;
      if (host[rank] === host[source]) result.near[slot]! += 1 / alive;
      else result.far[slot]! += 1 / alive;
    }
  }
  return result;
}
