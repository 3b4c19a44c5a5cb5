import { pickLayers } from '../moves/slotLoads.ts';
import { type Load, layerSlots, type Placement, pickLayersOfLoad, references } from '../placement/index.ts';

const SAMPLES = 64;

/** What FlashLB gives back for one layer that it chose to treat. */
export interface FlashlbLayer {
  readonly layer: number;
  readonly slots: Int32Array;
  /** fall of mean PAR's inverse, as FlashLB ranks layers by; may be negative */
  readonly gain: number;
}

/**
 * FlashLB from call to call: a layer is treated when its balance (1 / mean PAR over the samples) fell below a share of
 * what it was when last chosen, or below a fixed value. Its table is returned whether better or not.
 * That the balance reached is what is remembered is our reading; the sources say "when the layer was last selected".
 */
export class FlashlbCycle {
  private readonly balanceWhenChosen: (number | undefined)[];
  private readonly thresholds: { readonly ratio: number; readonly value: number };

  constructor(layers: number, ranks: number) {
    this.balanceWhenChosen = new Array(layers);
    this.thresholds = ranks < 32 ? { ratio: 0.95, value: 0.9 } : { ratio: 0.9, value: 0.85 };
  }

  /** `load` has an episode per pass. In rising layer order. */
  plan(load: Load, current: Placement): FlashlbLayer[] {
    const planned: FlashlbLayer[] = [];
    for (let layer = 0; layer < load.layers; layer++) {
      const one = pickLayersOfLoad(load, [layer]);
      const old = pickLayers(current, [layer]);
      const samples = sampleRows(one);
      const before = 1 / meanPar(samples, load.experts, old.slotExpert, old.ranks);
      if (!this.needsUpdate(layer, before)) continue;
      const next = references.flashlb({ load: one, ranks: old.ranks, slotsPerRank: old.slotsPerRank, old });
      const slots = layerSlots(next, 0);
      const after = 1 / meanPar(samples, load.experts, slots, old.ranks);
      if (after - before > 0) this.balanceWhenChosen[layer] = after;
      planned.push({ layer, slots, gain: after - before });
    }
    return planned;
  }

  private needsUpdate(layer: number, balance: number): boolean {
    const past = this.balanceWhenChosen[layer];
    if (past === undefined) return true;
    return balance < past * this.thresholds.ratio || balance < this.thresholds.value;
  }
}

/** The newest rows, one added to every count, merged into at most 64. */
function sampleRows({ episodes, experts, tokens }: Load): Float64Array {
  const width = Math.max(Math.floor(episodes / SAMPLES), 1);
  const count = Math.min(SAMPLES, episodes);
  const first = (episodes - width * count) * experts;
  const samples = new Float64Array(count * experts);
  for (let i = 0; i < width * count; i++) {
    const row = Math.floor(i / width) * experts;
    for (let e = 0; e < experts; e++) samples[row + e]! += tokens[first + i * experts + e]! + 1;
  }
  return samples;
}

/** Mean over samples of peak over average, smoothed by 0.01 as FlashLB's score is. */
function meanPar(samples: Float64Array, experts: number, slots: Int32Array, ranks: number): number {
  const counts = new Float64Array(experts);
  for (const expert of slots) if (expert >= 0) counts[expert]! += 1;
  const slotsPerRank = slots.length / ranks;
  let sum = 0;
  for (let row = 0; row < samples.length; row += experts) {
    let highest = 0;
    let total = 0;
    for (let rank = 0; rank < ranks; rank++) {
      let load = 0;
      for (let slot = rank * slotsPerRank; slot < (rank + 1) * slotsPerRank; slot++) {
        const expert = slots[slot]!;
        if (expert >= 0) load += samples[row + expert]! / counts[expert]!;
      }
      total += load;
      highest = Math.max(highest, load);
    }
    sum += (highest * ranks + 0.01) / (total + 0.01);
  }
  return sum / (samples.length / experts);
}
