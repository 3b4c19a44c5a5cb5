import { UserError } from '../../errors/userError.ts';
import { CODECS, layerSlots, type Placement, type PlacementFormat } from '../../placement/index.ts';

export interface CheckFault {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
}

/** OmniPlacement loads only patterns whose ranks hold equally many experts; layers may differ. */
export function slotFaults(placement: Placement, format: PlacementFormat): CheckFault[] {
  const faults: CheckFault[] = [];
  const { layers, ranks, slotsPerRank } = placement;
  for (let layer = 0; layer < layers; layer++) {
    const slots = layerSlots(placement, layer);
    const held = Array.from({ length: ranks }, (_, rank) => {
      const first = rank * slotsPerRank[layer]!;
      return slots.subarray(first, first + slotsPerRank[layer]!).filter((expert) => expert >= 0).length;
    });
    const [least, most] = [held.reduce((a, b) => Math.min(a, b)), held.reduce((a, b) => Math.max(a, b))];
    if (least === most) continue;
    const message = `layer ${layer}: rank ${held.indexOf(least)} holds ${least} experts, rank ${held.indexOf(most)} ${most}`;
    faults.push({ severity: CODECS[format].equalRanks ? 'error' : 'warning', code: 'unequal-slots', message });
  }
  const widest = slotsPerRank.reduce((a, b) => Math.max(a, b));
  const narrowest = slotsPerRank.reduce((a, b) => Math.min(a, b));
  if (widest !== narrowest) {
    const message = `layers have ${narrowest} to ${widest} slots per rank; OmniPlacement gives every layer ${widest}`;
    faults.push({ severity: 'warning', code: 'uneven-layers', message });
  }
  return faults;
}

/** A pattern that OmniPlacement would end with at its start is not written; what else it does with it is returned. */
export function refuseUnequalRanks(
  placement: Placement,
  format: PlacementFormat,
  out: string,
  hint = 'Let every slot be filled: more --max-replicas, or fewer --slots (at most one for each expert).',
): readonly CheckFault[] {
  const faults = slotFaults(placement, format);
  const errors = faults.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return CODECS[format].equalRanks ? faults : [];
  const more = errors.length === 1 ? '' : `, and ${errors.length - 1} more layers are like that`;
  throw new UserError('unequal_slots', `${out}: ${errors[0]!.message}${more}; OmniPlacement loads no such pattern`, {
    hint,
  });
}
