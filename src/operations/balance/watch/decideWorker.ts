import { parentPort, workerData } from 'node:worker_threads';
import { type DecideRules, decide } from '../../../balancing/watchDecide.ts';
import type { InstanceState } from '../../../balancing/watchState.ts';

// a bundle of its own, dist/operations/balance/watch/decideWorker.js: decideApart.ts starts one for each decision
const { state, rules } = workerData as { readonly state: InstanceState; readonly rules: DecideRules };
parentPort?.postMessage(decide(state, rules));
