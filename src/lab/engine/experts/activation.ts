import type { Gate } from './gate.ts';
import type { Selector } from './selector.ts';
import type { Slots } from './slots.ts';

/** Counts the tokens this process sends to every physical slot of its instance. */
export interface Activation {
  /** Tokens by [layer][rank][slot], since the start. */
  readonly counts: Float64Array;
  /** Routes one token, known by a hash of its context, through all MoE layers. */
  route(token: number, skew: number): void;
}

/** `sources` are the ranks of this process: tokens go round them, as sequence parallelism spreads a prompt. */
export function makeActivation(
  slots: Slots,
  gate: Gate,
  select: Selector,
  sources: readonly number[],
  numLayers: number,
  topK: number,
): Activation {
  const perLayer = slots.numRanks * slots.slotsPerRank;
  const counts = new Float64Array(slots.numLayers * perLayer);
  const chosen = new Int32Array(topK);
  let routed = 0;
  return {
    counts,
    route(token, skew) {
      const source = sources[routed % sources.length]!;
      const tokenOfSource = Math.floor(routed / sources.length);
      for (let layer = 0; layer < numLayers; layer++) {
        gate(layer, token, skew, chosen);
        for (let k = 0; k < topK; k++) {
          counts[layer * perLayer + select(layer, chosen[k]!, source, tokenOfSource)]! += 1;
        }
      }
      routed++;
    },
  };
}
