import type { Placement } from '../types.ts';
import { keepSlots } from './keepSlots.ts';
import { type LayerProblem, type ReferenceProblem, solveLayers } from './layerProblem.ts';
import { vllmInitialSlots } from './vllm.ts';

/**
 * vllm-ascend's DefaultEplb (182b75ea): min-max replication, where ties go to the expert sorted last; then the extra
 * copies one per rank in expert order, then the experts themselves in falling load to the lightest rank with room that
 * doesn't hold them. Experts that stay on a rank keep their slot.
 *
 * Deviations: more extra copies than ranks go round again (the original refuses them); where the last rank is full, the
 * first with room is used instead. Kept: no limit of copies per expert; one that no rank may take goes to the last rank
 * and is a duplicate there.
 */
export function ascendDefault(problem: ReferenceProblem): Placement {
  return solveLayers(problem, (layer) => {
    const old = layer.old ?? vllmInitialSlots(layer.experts, layer.ranks, layer.slotsPerRank);
    return keepSlots(old, placeLayer(layer), layer.ranks);
  });
}

interface Weighted {
  readonly expert: number;
  readonly unit: number;
}

function placeLayer({ experts, ranks, slotsPerRank, total }: LayerProblem): Int32Array {
  const { extra, items } = replicate(total, ranks * slotsPerRank - experts);
  const unit = new Float64Array(experts);
  for (const item of items) unit[item.expert] = item.unit;
  const held: number[][] = Array.from({ length: ranks }, () => []);
  const rankLoad = new Float64Array(ranks);
  let next = 0;
  for (let expert = 0; expert < experts; expert++) {
    for (let copy = 0; copy < extra[expert]!; copy++) {
      held[next]!.push(expert);
      rankLoad[next]! += unit[expert]!;
      next = (next + 1) % ranks;
    }
  }
  for (const item of falling(items)) {
    let rank = -1;
    for (let i = 0; i < ranks; i++) {
      if (held[i]!.length >= slotsPerRank || held[i]!.includes(item.expert)) continue;
      if (rank < 0 || rankLoad[i]! < rankLoad[rank]!) rank = i;
    }
    if (rank < 0 && held[ranks - 1]!.length < slotsPerRank) rank = ranks - 1;
    if (rank < 0) rank = held.findIndex((list) => list.length < slotsPerRank);
    held[rank]!.push(item.expert);
    rankLoad[rank]! += item.unit;
  }
  return Int32Array.from(held.flat());
}

/** The list is sorted anew for each copy and stays so, which decides the ties. */
function replicate(total: Float64Array, numExtra: number) {
  const extra = new Int32Array(total.length);
  let items: Weighted[] = Array.from(total, (unit, expert) => ({ expert, unit }));
  for (let copy = 0; copy < numExtra; copy++) {
    items = falling(items);
    const { expert, unit } = items[0]!;
    const copies = extra[expert]! + 1;
    extra[expert] = copies;
    items[0] = { expert, unit: (unit * copies) / (copies + 1) };
  }
  return { extra, items };
}

/** A stable rising order, reversed: of equals the last comes first. */
function falling(items: readonly Weighted[]): Weighted[] {
  return items.toSorted((a, b) => a.unit - b.unit).reverse();
}
