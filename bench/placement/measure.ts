import type { Load, Placement, Split } from '../../src/placement/index.ts';
import { layerSlots } from '../../src/placement/index.ts';
import { layerBound } from '../../src/placement/solver/lowerBound.ts';
import { normaliseLayer } from '../../src/placement/solver/normalise.ts';
import { objectiveOf } from '../../src/placement/solver/objective.ts';

export interface Quality {
  readonly mean: number;
  readonly max: number;
  /** [layer] */
  readonly pars: Float64Array;
}

/** Mean over layers of what no placement can go below, for one episode under uniform split. */
export function lowerBoundOf(load: Load, ranks: number, slots: number): number {
  let sum = 0;
  for (let layer = 0; layer < load.layers; layer++) {
    const tokens = load.tokens.slice(layer * load.experts, (layer + 1) * load.experts);
    const shape = { experts: load.experts, ranks, slots, ranksPerHost: Math.min(16, ranks), maxCopies: ranks };
    sum += layerBound(normaliseLayer(shape, tokens), 'uniform', 'mean') / load.layers;
  }
  return sum;
}

/** PAR per layer, the mean over episodes; slots that hold an expert twice on a rank carry two shares. */
export function quality(placement: Placement, load: Load, split: Split, ranksPerHost: number): Quality {
  const pars = new Float64Array(load.layers);
  for (let layer = 0; layer < load.layers; layer++) {
    const tokens = new Float64Array(load.episodes * load.experts);
    for (let episode = 0; episode < load.episodes; episode++) {
      const first = (episode * load.layers + layer) * load.experts;
      tokens.set(load.tokens.subarray(first, first + load.experts), episode * load.experts);
    }
    const { experts, ranks } = placement;
    const slots = placement.slotsPerRank[layer]!;
    const shape = { experts, ranks, slots, ranksPerHost: Math.min(ranksPerHost, ranks), maxCopies: ranks };
    pars[layer] = objectiveOf(normaliseLayer(shape, tokens), layerSlots(placement, layer), split, 'mean');
  }
  return { mean: pars.reduce((sum, par) => sum + par, 0) / pars.length, max: Math.max(...pars), pars };
}

export interface Timed {
  readonly placement: Placement;
  readonly ms: number;
}

/** Warm time: the median of `rounds` runs after one that doesn't count; of a run beyond a second, that one. */
export function timed(place: () => Placement, rounds: number): Timed {
  let placement = place();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push(
      cpuMs(() => {
        placement = place();
      }),
    );
    if (times[0]! > 1000) break;
  }
  times.sort((a, b) => a - b);
  return { placement, ms: times[times.length >> 1]! };
}

/** CPU milliseconds of this process; wall time says little on a shared machine. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000;
}
