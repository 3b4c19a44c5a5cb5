import type { Gate } from './gate.ts';
import type { LayerChange } from './layerChange.ts';
import type { Selector } from './selector.ts';
import type { Slots } from './slots.ts';

/** Counts the tokens this process sends to every physical slot of its instance. */
export interface Activation {
  /** Tokens by [layer][rank][slot], since the start or since the layer's slots were given other experts. */
  readonly counts: Float64Array;
  /** Routes one token, known by a hash of its context, through all MoE layers. */
  route(token: number, skew: number, drift: number): void;
  /** Gives the slots of some layers other experts; these layers' counts begin anew. */
  take(maps: readonly LayerChange[]): void;
}

export interface ActivationParts {
  readonly slots: Slots;
  readonly gate: Gate;
  readonly selectorOf: (slots: Slots) => Selector;
  /** The ranks of this process: tokens go round them, as sequence parallelism spreads a prompt. */
  readonly sources: readonly number[];
  readonly numLayers: number;
  readonly topK: number;
}

export function makeActivation(parts: ActivationParts): Activation {
  const { slots, gate, selectorOf, sources, numLayers, topK } = parts;
  const perLayer = slots.numRanks * slots.slotsPerRank;
  const counts = new Float64Array(slots.numLayers * perLayer);
  const chosen = new Int32Array(topK);
  let select = selectorOf(slots);
  let routed = 0;
  return {
    counts,
    route(token, skew, drift) {
      const source = sources[routed % sources.length]!;
      const tokenOfSource = Math.floor(routed / sources.length);
      for (let layer = 0; layer < numLayers; layer++) {
        gate(layer, token, skew, drift, chosen);
        for (let k = 0; k < topK; k++) {
          counts[layer * perLayer + select(layer, chosen[k]!, source, tokenOfSource)]! += 1;
        }
      }
      routed++;
    },
    take(maps) {
      for (const { layer, experts } of maps) {
        slots.experts.set(experts, layer * perLayer);
        counts.fill(0, layer * perLayer, (layer + 1) * perLayer);
      }
      select = selectorOf(slots);
    },
  };
}
