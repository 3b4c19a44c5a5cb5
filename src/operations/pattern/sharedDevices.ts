import { UserError } from '../../errors/userError.ts';
import type { Placement } from '../../placement/index.ts';
import { quoteWord } from '../../shell/quote.ts';

const IS_SHARED = 'the shared expert, as msit writes it, which is not a routed one';

/**
 * Maps of msit and MindIE may have devices of shared experts, each with one number in every layer, or the shared expert in the last
 * slot of every device. Read as routed experts they would be further copies, or experts that the router does not have.
 * @throws UserError
 */
export function refuseSharedDevices(placement: Placement, file: string): void {
  const devices = sharedDevices(placement);
  const slot = devices.length === 0 ? sharedSlot(placement) : null;
  if (devices.length === 0 && slot === null) return;
  const isOne = devices.length === 1;
  const experts = [...new Set(devices.map((rank) => `[${heldBy(placement, 0, rank)[0]}]`))].join(' and ');
  const holds = slot === null ? `${named(devices)} ${isOne ? 'holds' : 'hold'} nothing but ${experts}` : '';
  const what = slot === null ? `${holds} in every layer` : `every device holds ${slot} in its last slot in every layer`;
  const each = slot === null ? '{**d}' : "{**d, 'device_expert': d['device_expert'][:-1]}";
  const kept = `[{**e, 'device_id': i} for i, e in enumerate(${each} for d in sorted(l['device_list'], key=lambda d: d['device_id']) if d['device_id'] not in [${devices.join(', ')}])]`;
  const cut = `[l.update(device_list=${kept}, device_count=l['device_count'] - ${devices.length}) for l in m['layer_list']]`;
  const code = `import json, sys; m = json.load(open(sys.argv[1])); ${cut}; json.dump(m, open('routed.json', 'w'))`;
  throw new UserError('shared_expert_devices', `${file}: ${what}: ${IS_SHARED}`, {
    hint: `Keep the ${slot === null ? 'devices' : 'slots'} of routed experts: python3 -c "${code}" ${quoteWord(file)}`,
  });
}

/** `device 0`, `devices 0 and 1`, `devices 0 to 3`. */
function named(devices: readonly number[]): string {
  const [first, last] = [devices[0]!, devices.at(-1)!];
  if (devices.length === 1) return `device ${first}`;
  if (devices.length > 2 && last - first === devices.length - 1) return `devices ${first} to ${last}`;
  return `devices ${devices.slice(0, -1).join(', ')} and ${last}`;
}

/** Leading or trailing ranks with one expert, the same in every layer, where the others hold all routed experts. */
function sharedDevices(placement: Placement): readonly number[] {
  const { ranks } = placement;
  const all = Array.from({ length: ranks }, (_, rank) => rank);
  const first = all.findIndex((rank) => !holdsOnlyOne(placement, rank));
  const last = all.findLastIndex((rank) => !holdsOnlyOne(placement, rank));
  if (first < 0) return [];
  const ends = [all.slice(0, first), all.slice(last + 1)].filter((devices) => devices.length > 0);
  return ends.find((devices) => areShared(placement, devices)) ?? [];
}

function areShared(placement: Placement, devices: readonly number[]): boolean {
  const { ranks, experts } = placement;
  const others = Array.from({ length: ranks }, (_, rank) => rank).filter((rank) => !devices.includes(rank));
  // a rank of a placement with one slot each is of a routed expert
  if (!others.every((rank) => eachLayer(placement, (layer) => heldBy(placement, layer, rank).length > 1))) return false;
  const shared = [...new Set(devices.map((rank) => heldBy(placement, 0, rank)[0]!))];
  return eachLayer(placement, (layer) => {
    const held = new Set(others.flatMap((rank) => heldBy(placement, layer, rank)));
    if (shared.length === 1 && (shared[0] === 0 || shared[0] === experts - 1) && held.has(shared[0]))
      return held.size === experts;
    // numbered behind the routed ones, whose number is even in models; a lone rank before the last is a small placement
    if (others.length === 1 || held.size % 2 !== 0) return false;
    return held.size === experts - shared.length && shared.every((expert) => expert >= held.size);
  });
}

/** The expert behind all others that is in the last slot of every rank, and nowhere else; null: there is none. */
function sharedSlot(placement: Placement): number | null {
  const { ranks, experts } = placement;
  const expert = experts - 1;
  // models have an even number of routed experts
  if (ranks < 2 || experts % 2 === 0) return null;
  const isShared = eachLayer(placement, (layer) =>
    Array.from({ length: ranks }, (_, rank) => heldBy(placement, layer, rank)).every(
      (held) => held.length > 1 && held.indexOf(expert) === held.length - 1,
    ),
  );
  return isShared ? expert : null;
}

function holdsOnlyOne(placement: Placement, rank: number): boolean {
  const [expert] = heldBy(placement, 0, rank);
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
