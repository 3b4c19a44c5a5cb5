import type { Plan, StepResult, StepStatus } from '../../../plan/step.ts';
import type { NodeName } from '../../../topology/topology.ts';
import type { ClusterView } from '../clusterView.ts';
import { isReady, SERVING_ROLES, unitsOf } from '../serving.ts';

type NodeState = 'up' | 'down' | 'unknown';

/** What serves after a run that did not end well, in one sentence: from what was found before it, and what its steps did. */
export function servesNow(plan: Plan, results: readonly StepResult[], clusterView: ClusterView): string {
  const status = new Map<string, StepStatus>(results.map((result) => [result.step, result.status]));
  const stateOf = (name: NodeName) => nodeState(name, plan, status, clusterView);
  const roles = SERVING_ROLES.map((role) => ({
    role,
    units: unitsOf(role, clusterView).map((nodes) => ({ nodes, state: unitState(nodes.map(stateOf)) })),
  })).filter(({ units }) => units.length > 0);
  const namesOf = (state: NodeState) =>
    roles.flatMap(({ units }) => units.filter((unit) => unit.state === state).flatMap(({ nodes }) => nodes)).join(', ');

  const without = roles.filter(({ units }) => units.every(({ state }) => state !== 'up'));
  const unknown = without.filter(({ units }) => units.some(({ state }) => state === 'unknown'));
  const isChanged = plan.steps.some(
    ({ id, disruptive, action }) =>
      (disruptive && hasHappened(status.get(id))) || (action.kind === 'wait' && status.get(id) === 'changed'),
  );
  if (without.length === 0) {
    const down = namesOf('down');
    return `serves now: ${namesOf('up')}${isChanged ? '' : ', as before'}${down === '' ? '' : `; not ${down}`}`;
  }
  if (without.length > unknown.length) {
    const missing = without.map(({ role, units }) => `${role} (${units.flatMap(({ nodes }) => nodes).join(', ')})`);
    return without.length === roles.length
      ? 'serves now: nothing'
      : `serves now: nothing, without ${missing.join(', ')}`;
  }
  return `serves now: not known, ${namesOf('unknown')} can't be asked`;
}

function unitState(states: readonly NodeState[]): NodeState {
  return states.includes('down') ? 'down' : states.includes('unknown') ? 'unknown' : 'up';
}

function nodeState(
  name: NodeName,
  plan: Plan,
  status: ReadonlyMap<string, StepStatus>,
  clusterView: ClusterView,
): NodeState {
  const { desired, facts } = clusterView;
  const address = desired.nodes[name]?.host;
  const own = plan.steps.filter(({ node, host }) => node === name && host === address);
  const started = own.find(({ action }) => action.kind === 'spawn');
  const awaited = own.find(({ action }) => action.kind === 'wait');
  if (started && hasHappened(status.get(started.id))) {
    const ready = awaited && status.get(awaited.id);
    return ready === 'changed' || ready === 'ok' ? 'up' : ready === 'unreachable' ? 'unknown' : 'down';
  }
  const stops = own.filter(({ disruptive }) => disruptive).map(({ id }) => status.get(id));
  if (stops.includes('unreachable')) return 'unknown';
  if (stops.includes('changed')) return 'down';
  if (address === undefined || facts[address]?.reachable !== true) return 'unknown';
  return isReady(name, clusterView) ? 'up' : 'down';
}

/** It was begun, whatever came of it. */
function hasHappened(status: StepStatus | undefined): boolean {
  return status !== undefined && status !== 'cancelled' && status !== 'skipped';
}
