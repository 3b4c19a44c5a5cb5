import type { Action, Plan } from '../plan/step.ts';
import type { FailureLimit } from './context.ts';
import { reasonToStop } from './policy.ts';

/** Kinds of actions that leave a host as it was. */
const LOOKING: ReadonlySet<Action['kind']> = new Set(['check', 'wait', 'request', 'proof', 'get']);

/** Whether a run of this plan changes any host: not when it has nothing to do, or ends at verdicts that are known already. */
export function touchesHosts({ steps }: Plan, policy: FailureLimit): boolean {
  const numHosts = new Set(steps.map((step) => step.host)).size;
  const failed = new Set<string>();
  const unreachable = new Set<string>();
  for (const tag of new Set(steps.map((step) => step.tag))) {
    const failedNow = new Set<string>();
    for (const { tag: own, action, host } of steps) {
      if (own !== tag) continue;
      if (isChanging(action)) return true;
      if (action.kind !== 'check' || action.verdict === 'ok') continue;
      (action.verdict === 'failed' ? failedNow : unreachable).add(host);
    }
    for (const host of failedNow) failed.add(host);
    if (failed.size + unreachable.size === 0) continue;
    if (reasonToStop(tag, failedNow, { failed, unreachable }, numHosts, policy) !== null) return false;
  }
  return false;
}

/** Whether a step leaves its host other than it was. */
export function isChanging(action: Action): boolean {
  return !LOOKING.has(action.kind) && !(action.kind === 'exec' && action.looks);
}
