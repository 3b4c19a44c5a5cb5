import { DEFAULT_COST_MODEL } from '../../../../moves/costModel.ts';
import { addToExperts } from '../../../../moves/slotLoads.ts';
import { omniDynamic } from '../../../../placement/index.ts';
import { mergeRounds, slotChanges } from '../../../../simulation/omniCycle.ts';
import type { LayerChange } from './layerChange.ts';
import { placementOf, type Slots } from './slots.ts';

/** Layers whose slots change together, once their weights have travelled. */
export interface DynamicRound {
  readonly changes: readonly LayerChange[];
  /** How long they travel. */
  readonly ms: number;
}

const WINDOW_MS = 60_000; // OmniPlacement's

/**
 * What OmniPlacement's `enable_dynamic` does after a window of these tokens, [layer][rank][slot]: its own algorithm, in
 * rounds of layers of which none brings a rank more experts than it has slots. Weights travel for the part of a window
 * that they would take of OmniPlacement's 60 s.
 */
export function planDynamic(
  slots: Slots,
  tokens: Float64Array,
  maxReplicas: number | null,
  windowMs: number,
): DynamicRound[] {
  const { numLayers, numRanks, slotsPerRank, numExperts } = slots;
  const old = placementOf(slots);
  const load = {
    episodes: 1,
    layers: numLayers,
    experts: numExperts,
    tokens: new Float64Array(numLayers * numExperts),
  };
  addToExperts(old, tokens, load.tokens);
  const next = omniDynamic({ load, ranks: numRanks, slotsPerRank, old, maxReplicas: maxReplicas ?? undefined });
  const { moveLatencyUs, expertBytes, acrossHostsGBps } = DEFAULT_COST_MODEL;
  const batchMs = (moveLatencyUs + expertBytes / (acrossHostsGBps * 1000)) / 1000;
  return mergeRounds(slotChanges(old, next, numRanks), numRanks, slotsPerRank).map(({ changes, batches }) => ({
    changes: changes.map(({ layer, slots: held }) => ({ layer, experts: [...held] })),
    ms: (batches.length * batchMs * windowMs) / WINDOW_MS,
  }));
}
