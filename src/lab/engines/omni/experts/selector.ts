import type { Slots } from './slots.ts';

/** Gives the physical position (slotsPerRank * rank + slot) that serves a token of a source rank. */
export type Selector = (layer: number, expert: number, source: number, tokenOfSource: number) => number;

/**
 * OmniPlacement's two ways to choose among replicas. With `enable_rank_round_robin` each source rank keeps one replica per
 * expert (affine); without it the tokens of a source take the replicas in turn.
 */
export function makeSelector(slots: Slots, affine: boolean, hostSize: number): Selector {
  const positions = positionsByExpert(slots);
  const { numExperts, slotsPerRank } = slots;
  if (!affine) {
    return (layer, expert, _source, token) => {
      const replicas = positions[layer * numExperts + expert]!;
      return replicas[token % replicas.length]!;
    };
  }
  const chosen = new Map<number, Int32Array>(); // by source rank
  return (layer, expert, source) => {
    let table = chosen.get(source);
    if (!table) {
      table = Int32Array.from(positions, (replicas) => affinePosition(replicas, source, slotsPerRank, hostSize));
      chosen.set(source, table);
    }
    return table[layer * numExperts + expert]!;
  };
}

/** Own rank first, then the replicas on the own host, then all the others, by [source % how many]; `replicas` ascend. */
export function affinePosition(
  replicas: readonly number[],
  source: number,
  slotsPerRank: number,
  hostSize: number,
): number {
  if (replicas.length === 1) return replicas[0]!;
  const own = replicas.find((position) => Math.floor(position / slotsPerRank) === source);
  if (own !== undefined) return own;
  const host = Math.floor(source / hostSize);
  const near = replicas.filter((position) => Math.floor(position / slotsPerRank / hostSize) === host);
  const candidates = near.length > 0 ? near : replicas;
  const at = source % candidates.length;
  // ranks of redundant shared experts stand before rank 0
  return candidates[at < 0 ? at + candidates.length : at]!;
}

/** Ascending positions by [layer][expert]. */
function positionsByExpert({ numLayers, numExperts, numRanks, slotsPerRank, experts }: Slots): number[][] {
  const positions: number[][] = Array.from({ length: numLayers * numExperts }, () => []);
  const perLayer = numRanks * slotsPerRank;
  for (let at = 0; at < experts.length; at++) {
    const expert = experts[at]!;
    if (expert >= 0) positions[Math.floor(at / perLayer) * numExperts + expert]!.push(at % perLayer);
  }
  return positions;
}
