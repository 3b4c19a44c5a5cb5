import { SimulationError } from '../moves/lifeCycle.ts';
import type { Load } from '../placement/index.ts';

/** Tokens of one forward pass after the other; read in rising order, one at a time, so that none needs to fit in memory. */
export interface Trace {
  readonly layers: number;
  readonly experts: number;
  readonly steps: number;
  /** Writes the step's tokens, [layer][expert]. */
  read(step: number, into: Float64Array): void;
}

/** Episodes one after the other, each spread evenly over as many steps as make up `steps`. */
export function stretch(source: Trace, steps: number): Trace {
  const { layers, experts, steps: episodes } = source;
  if (steps === episodes) return source;
  if (steps < episodes) {
    throw new SimulationError('bad-trace', `the trace has ${episodes} episodes, ${steps} steps can't hold them`);
  }
  const held = new Float64Array(layers * experts);
  let heldEpisode = -1;
  const firstStep = (episode: number) => Math.ceil((episode * steps) / episodes);
  return {
    layers,
    experts,
    steps,
    read(step, into) {
      const episode = Math.floor((step * episodes) / steps);
      if (episode !== heldEpisode) {
        source.read(episode, held);
        const share = firstStep(episode + 1) - firstStep(episode);
        for (let i = 0; i < held.length; i++) held[i]! /= share;
        heldEpisode = episode;
      }
      into.set(held);
    },
  };
}

/** The i-th of `parts` stretches of a trace that can be read anywhere. */
export function cut(trace: Trace, part: number, parts: number): Trace {
  const first = Math.floor((part * trace.steps) / parts);
  const past = Math.floor(((part + 1) * trace.steps) / parts);
  if (past === first) throw new SimulationError('bad-trace', `${trace.steps} steps can't be cut into ${parts} parts`);
  return { ...trace, steps: past - first, read: (step, into) => trace.read(first + step, into) };
}

export function traceOfLoad({ episodes, layers, experts, tokens }: Load): Trace {
  const size = layers * experts;
  return {
    layers,
    experts,
    steps: episodes,
    read: (step, into) => into.set(tokens.subarray(step * size, (step + 1) * size)),
  };
}

/** What of a trace is empty, counted as it is read. */
export interface Gaps {
  /** passes without any token */
  passes: number;
  /** layers without tokens in passes that have some */
  layers: number;
}

/** The same trace, counting what is empty. */
export function withGaps(trace: Trace): { readonly trace: Trace; readonly gaps: Gaps } {
  const gaps: Gaps = { passes: 0, layers: 0 };
  const read = (step: number, into: Float64Array) => {
    trace.read(step, into);
    let empty = 0;
    for (let layer = 0; layer < trace.layers; layer++) {
      const past = (layer + 1) * trace.experts;
      let at = layer * trace.experts;
      while (at < past && into[at] === 0) at++;
      if (at === past) empty += 1;
    }
    if (empty === trace.layers) gaps.passes += 1;
    else gaps.layers += empty;
  };
  return { trace: { ...trace, read }, gaps };
}

/** The same trace, refusing what no router counts. */
export function checked(trace: Trace): Trace {
  return {
    ...trace,
    read(step, into) {
      trace.read(step, into);
      for (let i = 0; i < into.length; i++) {
        const value = into[i]!;
        if (value >= 0 && value <= 2 ** 53) continue;
        const layer = Math.floor(i / trace.experts);
        const where = `step ${step}, layer ${layer}, expert ${i % trace.experts}`;
        throw new SimulationError('bad-trace', `${where} has ${value} tokens; they are numbers from 0 to 2^53`);
      }
    },
  };
}
