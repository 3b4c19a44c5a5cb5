import type { DesiredNode } from '../../engines/desired.ts';
import type { Node } from '../../topology/topology.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import { changesOfKind, type Phase } from './context.ts';

/** Ends servers that have to start anew. Where the container is replaced its server went with it. */
export const stopServer: Phase = (context) => {
  const replaced = new Set(changesOfKind(context, 'container').map(({ change }) => change.node));
  return changesOfKind(context, 'server')
    .filter(({ change }) => change.how === 'restart' && !replaced.has(change.node))
    .map(({ change, node, desired }) => stopStep(desired, node.role, change.because));
};

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
