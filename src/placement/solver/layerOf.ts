import type { Task } from './checkProblem.ts';
import type { Layer } from './layer.ts';
import { normaliseLayer } from './normalise.ts';

/** One layer of a problem with the given slots per rank. */
export function layerOf(task: Task, index: number, slots: number): Layer {
  const { load, ranks, capability } = task.problem;
  const tokens = new Float64Array(load.episodes * load.experts);
  for (let episode = 0; episode < load.episodes; episode++) {
    const first = (episode * load.layers + index) * load.experts;
    tokens.set(load.tokens.subarray(first, first + load.experts), episode * load.experts);
  }
  const { ranksPerHost, maxReplicas } = task;
  const { shouldStop } = task.timeLimit;
  const { cover } = task.problem;
  const shape = {
    experts: load.experts,
    ranks,
    slots,
    ranksPerHost,
    maxCopies: maxReplicas,
    capability,
    cover,
    shouldStop,
  };
  return normaliseLayer(shape, tokens);
}
