import { countSources } from './affineShares.ts';
import type { Layer, LayerSlots } from './layer.ts';

/** An unaligned template's shares are uneven by about 1 / (ranks per host). */
const UNALIGNED = 1.2;

/**
 * Builds a placement for affine routing. A lone copy on a host serves all of that host's sources, so an expert's c
 * copies stand as m hosts x n copies, m * n = c: then every copy gets an even share, hosts without a copy included.
 * The i-th copy in a host stands on a rank with rank % n == i, because its own sources then fall to it anyway.
 * Experts go in falling unit load to the coolest ranks that form such a template.
 * Returns null where the counts can't be placed so.
 */
export function constructAffine(layer: Layer, weight: Float64Array, counts: Int32Array): LayerSlots | null {
  const { experts, ranks, slots } = layer;
  const build: Build = {
    layer,
    slotExpert: new Int32Array(ranks * slots).fill(-1),
    filled: new Int32Array(ranks),
    heights: new Float64Array(ranks),
    chosen: new Int32Array(ranks),
    trial: new Int32Array(ranks),
    sources: new Int32Array(ranks),
    hostCost: new Float64Array(layer.hosts),
    hostOrder: new Int32Array(layer.hosts),
    best: new Float64Array(ranks),
    previous: new Int32Array(ranks),
    lastOf: new Int32Array(ranks),
  };
  const unit = new Float64Array(experts);
  for (let expert = 0; expert < experts; expert++) unit[expert] = weight[expert]! / counts[expert]!;
  const order = Int32Array.from({ length: experts }, (_, expert) => expert);
  order.sort((a, b) => unit[b]! - unit[a]! || a - b);
  for (const expert of order) {
    const count = counts[expert]!;
    if (!chooseRanks(build, count, unit[expert]!)) return null;
    const chosen = build.chosen.subarray(0, count).sort();
    countSources(layer, chosen, 0, count, build.sources);
    for (let copy = 0; copy < count; copy++) {
      const rank = chosen[copy]!;
      build.slotExpert[rank * slots + build.filled[rank]!] = expert;
      build.filled[rank] = build.filled[rank]! + 1;
      const share = build.sources[copy]! / ranks;
      build.heights[rank] = build.heights[rank]! + weight[expert]! * share * layer.slowness[rank]!;
    }
  }
  return build.slotExpert;
}

interface Build {
  readonly layer: Layer;
  readonly slotExpert: Int32Array;
  readonly filled: Int32Array;
  readonly heights: Float64Array;
  /** ranks of the best template so far */
  readonly chosen: Int32Array;
  readonly trial: Int32Array;
  readonly sources: Int32Array;
  readonly hostCost: Float64Array;
  readonly hostOrder: Int32Array;
  /** [rank] of the dynamic program: least cost of a chain that ends here, the rank before, last rank per residue */
  readonly best: Float64Array;
  readonly previous: Int32Array;
  readonly lastOf: Int32Array;
}

/** Tries every template of `count` copies; leaves the cheapest one's ranks in `build.chosen`. */
function chooseRanks(build: Build, count: number, unit: number): boolean {
  const { layer, trial, chosen } = build;
  let least = Number.POSITIVE_INFINITY;
  for (let hosts = 1; hosts <= layer.hosts && hosts <= count; hosts++) {
    const perHost = Math.ceil(count / hosts);
    if (perHost > layer.ranksPerHost) continue;
    // where the hosts can't share evenly, only the fewest hosts are worth a try
    if (perHost * hosts !== count && least < Number.POSITIVE_INFINITY) continue;
    const cost = costOfTemplate(build, count, hosts, unit);
    if (cost >= least) continue;
    least = cost;
    chosen.set(trial);
  }
  return least < Number.POSITIVE_INFINITY;
}

/** Sum over the template's ranks of the fourth power of their heights afterwards; its ranks are left in `trial`. */
function costOfTemplate(build: Build, count: number, hosts: number, unit: number): number {
  const { layer, hostCost, hostOrder } = build;
  const perHost = Math.ceil(count / hosts);
  for (let host = 0; host < layer.hosts; host++) {
    hostCost[host] = costOnHost(build, host, perHost, unit, 0);
    hostOrder[host] = host;
  }
  hostOrder.sort((a, b) => hostCost[a]! - hostCost[b]! || a - b);
  let cost = 0;
  let placed = 0;
  for (let i = 0; i < hosts; i++) {
    const size = Math.min(perHost, count - placed);
    if (size <= 0) break;
    cost += costOnHost(build, hostOrder[i]!, size, unit, placed);
    placed += size;
  }
  return placed === count ? cost : Number.POSITIVE_INFINITY;
}

/** The cheapest `size` ranks of a host, aligned if there are such; they are left in `trial` from `at` on. */
function costOnHost(build: Build, host: number, size: number, unit: number, at: number): number {
  const { layer, filled, best, previous, lastOf, trial } = build;
  const first = host * layer.ranksPerHost;
  const end = Math.min(layer.ranks, first + layer.ranksPerHost);
  lastOf.fill(-1, 0, size);
  for (let rank = first; rank < end; rank++) {
    if (filled[rank]! >= layer.slots) continue;
    const residue = rank % size;
    const before = residue === 0 ? -1 : lastOf[residue - 1]!;
    if (residue > 0 && before < 0) continue;
    best[rank] = (before < 0 ? 0 : best[before]!) + costOf(build, rank, unit);
    previous[rank] = before;
    if (lastOf[residue]! < 0 || best[rank]! < best[lastOf[residue]!]!) lastOf[residue] = rank;
  }
  const last = lastOf[size - 1]!;
  if (last < 0) return costUnaligned(build, host, size, unit, at);
  let rank = last;
  for (let i = size - 1; i >= 0; i--) {
    trial[at + i] = rank;
    rank = previous[rank]!;
  }
  return best[last]!;
}

function costUnaligned(build: Build, host: number, size: number, unit: number, at: number): number {
  const { layer, filled, trial } = build;
  const first = host * layer.ranksPerHost;
  const end = Math.min(layer.ranks, first + layer.ranksPerHost);
  let cost = 0;
  for (let i = 0; i < size; i++) {
    let coolest = -1;
    for (let rank = first; rank < end; rank++) {
      if (filled[rank]! >= layer.slots || trial.subarray(at, at + i).includes(rank)) continue;
      if (coolest < 0 || costOf(build, rank, unit) < costOf(build, coolest, unit)) coolest = rank;
    }
    if (coolest < 0) return Number.POSITIVE_INFINITY;
    trial[at + i] = coolest;
    cost += UNALIGNED * costOf(build, coolest, unit);
  }
  return cost;
}

function costOf(build: Build, rank: number, unit: number): number {
  const height = build.heights[rank]! + unit * build.layer.slowness[rank]!;
  return height * height * (height * height);
}
