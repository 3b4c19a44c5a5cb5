import type { StepResult } from '../../../../plan/step.ts';
import type { NodeName } from '../../../../topology/topology.ts';
import type { OpenHost } from '../../../../transport/host.ts';
import type { ClusterView } from '../../clusterView.ts';
import { collectEvidence } from './collect.ts';
import { blameText } from './text.ts';

/**
 * Why servers of a run did not come up, one sentence each: of every instance with a wait that failed, all nodes are asked
 * side by side, one exec per host. Empty where nothing was waited for in vain.
 */
export async function blameFailedStarts(
  { topology, desired }: ClusterView,
  results: readonly StepResult[],
  open: OpenHost,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const failed = new Set(
    results.flatMap(({ step, status }) => {
      const [, node] = /^run_server\/([^/]+)\/ready$/.exec(step) ?? [];
      return status === 'failed' && node !== undefined ? [node] : [];
    }),
  );
  const instances = topology.instances.filter((instance) => instance.nodes.some((node) => failed.has(node)));
  const words = instances.map(async (instance) => {
    const evidence = await Promise.all(
      byHost(instance.nodes, desired.nodes).map(([address, nodes]) =>
        collectEvidence(nodes, () => open(address, signal), signal),
      ),
    );
    return blameText(`${instance.role} ${instance.group.name}`, evidence.flat());
  });
  return (await Promise.all(words)).flat();
}

function byHost(names: readonly NodeName[], desired: ClusterView['desired']['nodes']) {
  const hosts = new Map<string, ClusterView['desired']['nodes'][NodeName][]>();
  for (const name of names) {
    const node = desired[name];
    if (node !== undefined) hosts.set(node.host, [...(hosts.get(node.host) ?? []), node]);
  }
  return [...hosts];
}
