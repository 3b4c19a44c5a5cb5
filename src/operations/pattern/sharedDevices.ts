import { UserError } from '../../errors/userError.ts';
import type { Placement } from '../../placement/index.ts';

/**
 * Maps of msit and MindIE may begin with devices of the shared expert, each with one number in every layer. Read as routed
 * experts they would be further copies of one.
 * @throws UserError
 */
export function refuseSharedDevices(placement: Placement, file: string): void {
  const { count, expert } = sharedDevices(placement);
  if (count === 0) return;
  const devices = count === 1 ? 'device 0 holds' : `devices ${count === 2 ? '0 and 1' : `0 to ${count - 1}`} hold`;
  const cut = `[l.update(device_list=[{**d, 'device_id': i} for i, d in enumerate(sorted(l['device_list'], key=lambda d: d['device_id'])[${count}:])], device_count=l['device_count'] - ${count}) for l in m['layer_list']]`;
  const code = `import json; m = json.load(open('${file}')); ${cut}; json.dump(m, open('routed.json', 'w'))`;
  throw new UserError(
    'shared_expert_devices',
    `${file}: ${devices} nothing but [${expert}] in every layer: the shared expert, as msit writes it, which is not a routed one`,
    { hint: `Keep the devices of routed experts: python3 -c "${code}"` },
  );
}

/** Leading ranks with the same single expert in every layer, where the others hold all experts but perhaps that one. */
function sharedDevices(placement: Placement): { readonly count: number; readonly expert: number } {
  const { ranks, experts } = placement;
  const expert = heldBy(placement, 0, 0)[0] ?? -1;
  let count = 0;
  while (count < ranks - 1 && holdsOnly(placement, count, expert)) count++;
  // a leading device of a placement with one slot each is of a routed expert
  const isWider = (rank: number) => eachLayer(placement, (layer) => heldBy(placement, layer, rank).length > 1);
  const others = Array.from({ length: ranks - count }, (_, i) => count + i);
  if (count === 0 || !others.every(isWider)) return { count: 0, expert };
  const holdAll = eachLayer(placement, (layer) => {
    const held = new Set(others.flatMap((rank) => heldBy(placement, layer, rank)));
    const numOthers = experts - (expert === experts - 1 && !held.has(expert) ? 1 : 0);
    return held.size === numOthers && (expert === 0 || expert === experts - 1);
  });
  return holdAll ? { count, expert } : { count: 0, expert };
}

function holdsOnly(placement: Placement, rank: number, expert: number): boolean {
  return eachLayer(placement, (layer) => {
    const held = heldBy(placement, layer, rank);
    return held.length === 1 && held[0] === expert;
  });
}

function eachLayer({ layers }: Placement, is: (layer: number) => boolean): boolean {
  return Array.from({ length: layers }, (_, layer) => layer).every(is);
}

function heldBy({ slotExpert, layerOffset, slotsPerRank }: Placement, layer: number, rank: number): readonly number[] {
  const first = layerOffset[layer]! + rank * slotsPerRank[layer]!;
  return [...slotExpert.subarray(first, first + slotsPerRank[layer]!)].filter((expert) => expert >= 0);
}
