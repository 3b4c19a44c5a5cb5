import type { Layer } from './layer.ts';
import { copyTable, createTable, measureRank, setUnits, type Table } from './table.ts';
import { isTimeUp } from './timeLimit.ts';

/**
 * Proves the optimum of a small layer under uniform split, or stops after `nodes` steps: every vector of counts whose
 * unit loads can beat `best`, and for each a branch and bound over the ranks. `best` starts with a known placement of
 * `peak` and receives a better one. Returns the peak and whether it is proven.
 */
export function proveOptimum(
  layer: Layer,
  best: Table,
  { bound, peak, nodes }: { readonly bound: number; readonly peak: number; readonly nodes: number },
): { peak: number; proven: boolean } {
  const search: Search = {
    layer,
    weight: layer.meanWeight,
    table: createTable(layer),
    best,
    peak,
    bound: bound * (1 + 1e-12),
    nodes,
    order: new Int32Array(layer.experts),
    filled: new Int32Array(layer.ranks),
    smallest: 0,
  };
  let spare = layer.copies;
  for (const least of layer.leastCopies) spare -= least;
  const finished = search.peak <= search.bound || tryCounts(search, 0, spare);
  return { peak: search.peak, proven: finished };
}

/** Layers for which an attempt is worth its time. */
export function isSmall(layer: Layer): boolean {
  return layer.experts <= 16 && layer.ranks * layer.slots <= 24;
}

interface Search {
  readonly layer: Layer;
  readonly weight: Float64Array;
  readonly table: Table;
  readonly best: Table;
  peak: number;
  readonly bound: number;
  nodes: number;
  readonly order: Int32Array;
  readonly filled: Int32Array;
  /** least unit load of the counts at hand; 0 where slots may stay empty */
  smallest: number;
}

/** Out of nodes, or of time. */
function isOver(search: Search): boolean {
  if (isTimeUp(search.layer, search.nodes)) search.nodes = 0;
  return search.nodes-- <= 0;
}

/** false: not finished */
function tryCounts(search: Search, expert: number, spare: number): boolean {
  const { layer, table } = search;
  if (isOver(search)) return false;
  if (expert === layer.experts) return spare > 0 || placeCounts(search);
  const fewest = layer.leastCopies[expert]!;
  const most = Math.min(spare, layer.maxCopies - fewest);
  // the last expert takes all that is left, where it can
  const least = expert === layer.experts - 1 ? spare : 0;
  for (let extra = most; extra >= least; extra--) {
    table.counts[expert] = fewest + extra;
    if (search.weight[expert]! / (fewest + extra) >= limit(search)) continue;
    if (!tryCounts(search, expert + 1, spare - extra)) return false;
    if (search.peak <= search.bound) return true;
  }
  return true;
}

/** What a placement must stay below to be an improvement; bits of rounding are none. */
function limit(search: Search): number {
  return search.peak * (1 - 1e-12);
}

function placeCounts(search: Search): boolean {
  const { layer, weight, table, order, filled } = search;
  setUnits(layer, weight, table);
  for (let expert = 0; expert < layer.experts; expert++) order[expert] = expert;
  order.sort((a, b) => table.unit[b]! - table.unit[a]! || a - b);
  const full = layer.copies === layer.ranks * layer.slots;
  search.smallest = full ? table.unit[order[layer.experts - 1]!]! : 0;
  table.slotExpert.fill(layer.experts);
  table.height.fill(0);
  filled.fill(0);
  return placeExpert(search, 0, table.counts[order[0]!]!, 0);
}

/** Copies of one expert go to rising ranks; of ranks in the same state only the first is tried. */
function placeExpert(search: Search, position: number, copies: number, fromRank: number): boolean {
  const { layer, table, order, filled } = search;
  if (isOver(search)) return false;
  if (position === layer.experts) {
    let peak = 0;
    for (let rank = 0; rank < layer.ranks; rank++) peak = Math.max(peak, measureRank(layer, table, rank));
    if (peak < search.peak) {
      search.peak = peak;
      copyTable(table, search.best);
    }
    return true;
  }
  const expert = order[position]!;
  const value = table.unit[expert]!;
  for (let rank = fromRank; rank <= layer.ranks - copies; rank++) {
    const at = filled[rank]!;
    if (at >= layer.slots || hasTwinBefore(search, rank, fromRank)) continue;
    const height = table.height[rank]!;
    const slow = layer.slowness[rank]!;
    const least = height + (value + (layer.slots - at - 1) * search.smallest) * slow;
    if (least >= limit(search)) continue;
    table.slotExpert[rank * layer.slots + at] = expert;
    table.height[rank] = height + value * slow;
    filled[rank] = at + 1;
    const goesOn =
      copies > 1
        ? placeExpert(search, position, copies - 1, rank + 1)
        : placeExpert(search, position + 1, nextCopies(search, position), 0);
    table.slotExpert[rank * layer.slots + at] = layer.experts;
    table.height[rank] = height;
    filled[rank] = at;
    if (!goesOn) return false;
    if (search.peak <= search.bound) return true;
  }
  return true;
}

function nextCopies(search: Search, position: number): number {
  return position + 1 < search.layer.experts ? search.table.counts[search.order[position + 1]!]! : 0;
}

/** Experts are placed whole, one after the other, so load and fill are all that tells ranks apart. */
function hasTwinBefore(search: Search, rank: number, fromRank: number): boolean {
  const { layer, table, filled } = search;
  for (let other = fromRank; other < rank; other++) {
    if (
      table.height[other] === table.height[rank] &&
      filled[other] === filled[rank] &&
      layer.slowness[other] === layer.slowness[rank]
    ) {
      return true;
    }
  }
  return false;
}
