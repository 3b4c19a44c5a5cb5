import { type DecideRules, decide, type WatchDecision } from '../../../balancing/watchDecide.ts';
import type { InstanceState } from '../../../balancing/watchState.ts';
import { bundled, inThread } from '../../../files/inThread.ts';

/**
 * As {@link decide}, in a thread of its own: a large model takes seconds, in which no connection would be heard.
 * @param worker as a file that a thread can load; null: in this thread
 */
export async function decideApart(
  state: InstanceState,
  rules: DecideRules,
  signal: AbortSignal,
  worker = bundled('operations/balance/watch/decideWorker.js'),
): Promise<WatchDecision | null> {
  const here = () => decide(state, rules);
  return worker === null ? here() : inThread(worker, { state, rules }, here, signal);
}
