import type { Layer, LayerSlots } from './layer.ts';

/**
 * The lowest peak that any split of the experts' tokens among their copies can reach (what LPLB's linear program
 * finds): the least T for which a flow experts -> ranks of capacity T * capability carries everything. Found without
 * bisection: the ranks that a maximum flow leaves saturated under the current T form the set that binds, and the load
 * that can go nowhere else divided by its capability is the next T.
 */
export function fractionalPeak(layer: Layer, slots: LayerSlots, weight: Float64Array): number {
  const { ranks, slowness } = layer;
  let total = 0;
  let capacity = 0;
  for (const value of weight) total += value;
  if (total === 0) return 0;
  for (let rank = 0; rank < ranks; rank++) capacity += 1 / slowness[rank]!;
  const network = createNetwork(layer, slots);
  let peak = total / capacity;
  for (let round = 0; round <= ranks; round++) {
    const bound = bindingPeak(layer, network, weight, peak);
    if (bound <= peak * (1 + 1e-12)) break;
    peak = bound;
  }
  return peak;
}

interface Network {
  readonly perRank: number;
  readonly slots: LayerSlots;
  /** [expert + 1] into `copies` */
  readonly first: Int32Array;
  /** slots of each expert */
  readonly copies: Int32Array;
}

function createNetwork(layer: Layer, slots: LayerSlots): Network {
  const first = new Int32Array(layer.experts + 1);
  for (const expert of slots) if (expert >= 0) first[expert + 1] = first[expert + 1]! + 1;
  for (let expert = 0; expert < layer.experts; expert++) first[expert + 1] = first[expert + 1]! + first[expert]!;
  const copies = new Int32Array(first[layer.experts]!);
  const next = first.slice();
  for (let slot = 0; slot < slots.length; slot++) {
    const expert = slots[slot]!;
    if (expert < 0) continue;
    copies[next[expert]!] = slot;
    next[expert] = next[expert]! + 1;
  }
  return { perRank: slots.length / layer.ranks, slots, first, copies };
}

interface FlowState {
  /** [slot], tokens of the slot's expert served in the slot */
  readonly flow: Float64Array;
  /** [rank], what it may still serve */
  readonly room: Float64Array;
  /** [expert], tokens that are not served yet */
  readonly left: Float64Array;
  /** [rank], slot through which the search reached it */
  readonly from: Int32Array;
  /** [expert], rank through which the search reached it, -2: not reached */
  readonly via: Int32Array;
}

/** Fills the ranks up to `peak`; returns the peak that the set of ranks reachable from unplaced load needs at least. */
function bindingPeak(layer: Layer, network: Network, weight: Float64Array, peak: number): number {
  const { ranks, experts, slowness } = layer;
  const { perRank, slots, first, copies } = network;
  const state: FlowState = {
    flow: new Float64Array(slots.length),
    room: new Float64Array(ranks),
    left: weight.slice(),
    from: new Int32Array(ranks),
    via: new Int32Array(experts),
  };
  const { flow, room, left, from, via } = state;
  for (let rank = 0; rank < ranks; rank++) room[rank] = peak / slowness[rank]!;
  const queue = new Int32Array(experts);
  const tiny = 1e-13 * ranks;
  // every path fills an edge for good or until a later one empties it: no edge more often than there are nodes
  const mostPaths = slots.length * (experts + ranks);
  let open = 0;
  for (let path = 0; open >= 0; path++) {
    if (path > mostPaths) return peak;
    from.fill(-1);
    via.fill(-2);
    let size = 0;
    for (let expert = 0; expert < experts; expert++) {
      if (left[expert]! <= tiny) continue;
      via[expert] = -1;
      queue[size++] = expert;
    }
    if (size === 0) return peak;
    open = -1;
    for (let head = 0; head < size && open < 0; head++) {
      const expert = queue[head]!;
      for (let i = first[expert]!; i < first[expert + 1]! && open < 0; i++) {
        const rank = Math.floor(copies[i]! / perRank);
        if (from[rank]! >= 0) continue;
        from[rank] = copies[i]!;
        if (room[rank]! > tiny) open = rank;
        for (let slot = rank * perRank; slot < (rank + 1) * perRank && open < 0; slot++) {
          const other = slots[slot]!;
          if (other < 0 || via[other]! !== -2 || flow[slot]! <= tiny) continue;
          via[other] = rank;
          queue[size++] = other;
        }
      }
    }
    if (open >= 0) augment(network, state, open);
  }
  // experts reached have copies on reached ranks only: their whole weight has to fit there
  let load = 0;
  let capacity = 0;
  for (let expert = 0; expert < experts; expert++) if (via[expert]! !== -2) load += weight[expert]!;
  for (let rank = 0; rank < ranks; rank++) if (from[rank]! >= 0) capacity += 1 / slowness[rank]!;
  return load / capacity;
}

function augment({ perRank, slots }: Network, { flow, room, left, from, via }: FlowState, open: number): void {
  let amount = room[open]!;
  for (let rank = open; ; ) {
    const expert = slots[from[rank]!]!;
    const previous = via[expert]!;
    if (previous < 0) {
      amount = Math.min(amount, left[expert]!);
      break;
    }
    amount = Math.min(amount, flow[slots.indexOf(expert, previous * perRank)]!);
    rank = previous;
  }
  room[open] = room[open]! - amount;
  for (let rank = open; ; ) {
    const slot = from[rank]!;
    const expert = slots[slot]!;
    const previous = via[expert]!;
    flow[slot] = flow[slot]! + amount;
    if (previous < 0) {
      left[expert] = left[expert]! - amount;
      break;
    }
    const source = slots.indexOf(expert, previous * perRank);
    flow[source] = flow[source]! - amount;
    rank = previous;
  }
}
