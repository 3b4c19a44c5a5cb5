import type { DesiredNode } from '../../engines/desired.ts';
import type { Node } from '../../topology/topology.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import { changesOfKind, type Phase, type PhaseContext, serverNodesOf } from './context.ts';
import { pauseSteps } from './pausingSteps.ts';

/** Ends servers that have to start again. Where the container is replaced its server went with it. */
export const stopServer: Phase = (context) => {
  const replaced = new Set(
    changesOfKind(context, 'container').flatMap(({ change }) => (change.how === 'finish' ? [] : [change.node])),
  );
  const ending = changesOfKind(context, 'server').filter(
    ({ change }) => change.how === 'restart' && !replaced.has(change.node),
  );
  const stops = ending.map(({ change, node, desired }) => stopStep(desired, node.role, change.because));
  const pauses = pauseSteps(context, 'stop_server', serverNodesOf(ending));
  const paused = pauses.map(({ id }) => id);
  return [...pauses, ...inStopOrder(stops, context).map((step) => ({ ...step, after: [...paused, ...step.after] }))];
};

/**
 * Senders of requests go before their receivers: no request meets a server that is going, and the proxy closes its
 * connections itself. The side that closes keeps a port in TIME_WAIT, which a server could not bind again for a minute.
 */
function inStopOrder(stops: readonly Step[], { engine, topology }: PhaseContext): Step[] {
  const servers = topology.nodes.filter((node) => node.role !== 'proxy');
  const proxies = topology.nodes.flatMap(({ name, role }) => (role === 'proxy' ? [name] : []));
  const turns = [proxies, ...[...engine.order(servers)].reverse()];
  const turnOf = new Map(turns.flatMap((names, turn) => names.map((name) => [name, turn] as const)));
  const placeOf = ({ node }: Step) => turnOf.get(node) ?? -1;
  const sorted = [...stops].sort((a, b) => placeOf(a) - placeOf(b));
  return sorted.map((step) => ({
    ...step,
    after: sorted.filter((other) => placeOf(other) < placeOf(step)).map((other) => other.id),
  }));
}

export function stopStep(desired: DesiredNode, role: Node['role'], because: string): Step {
  // the mark goes once it has ended: what could not be stopped must not be called stopped
  const script = 'mark=$1; shift; docker exec -e OMNIPLACE_LEASH "$@" && rm -f -- "$mark"';
  const { started } = desired.paths;
  return stepOf(
    'stop_server',
    'stop',
    { ...desired, because },
    {
      title: `stop the ${role === 'proxy' ? 'proxy' : 'server'} of ${desired.node}`,
      action: execOf(['sh', '-c', script, 'sh', started, desired.container.name, ...desired.server.stop]),
      deadlineMs: 2 * 60_000,
      disruptive: true,
    },
  );
}
