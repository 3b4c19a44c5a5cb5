import { generationOf, planDigest } from '../../plan/makePlan.ts';
import { serverNodesOf } from '../../plan/phases/context.ts';
import { pauseSteps } from '../../plan/phases/pausingSteps.ts';
import { stopStep } from '../../plan/phases/stopServer.ts';
import { limitedNodes, servesAny } from '../../plan/select.ts';
import type { Step } from '../../plan/step.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { planInput, planOf } from '../cluster/clusterView.ts';
import type { Planned } from '../cluster/planned.ts';

/**
 * The plan that ends every server and proxy that runs, proxy first so that no request meets a dying server. Containers stay;
 * `--remove` takes them and the cluster's folder away as `clean_up` does.
 */
export function planStop(clusterView: ClusterView, limit: readonly string[], remove: boolean): Planned {
  const { topology, desired, facts } = clusterView;
  const problems: string[] = [];
  const nodes = limitedNodes(limit, topology, problems);
  const stops: Step[] = topology.nodes.flatMap((node) => {
    const wanted = desired.nodes[node.name];
    const found = facts[node.host];
    if (!nodes.has(node.name) || !wanted || !found?.reachable) return [];
    const running = found.processes.filter((process) => process.node === wanted.server.identity);
    return running.length === 0 ? [] : [stopStep(wanted, node.role, `${running.length} of its processes run`)];
  });
  const proxyNodes = new Set(topology.nodes.filter(({ role }) => role === 'proxy').map(({ name }) => name));
  const proxies = stops.filter((step) => proxyNodes.has(step.node));
  const ending = topology.nodes.filter(({ name }) => stops.some(({ node }) => node === name)).map((node) => ({ node }));
  const context = { ...planInput(clusterView), changes: [] };
  // one that stops too sends no requests anyway
  const pauses = proxies.length > 0 ? [] : pauseSteps(context, 'stop_server', serverNodesOf(ending));
  const before = [...proxies, ...pauses];
  const servers = stops
    .filter((step) => !proxyNodes.has(step.node))
    .map((step) => ({ ...step, after: before.map(({ id }) => id) }));
  const everything = planOf(clusterView, ['clean_up']).steps.filter((step) => servesAny(step, nodes));
  const unreachable = everything.filter(
    (step) => step.action.kind === 'check' && step.action.verdict === 'unreachable',
  );
  const removals = remove ? everything.filter((step) => step.tag === 'clean_up') : [];
  const steps = [...unreachable, ...before, ...servers, ...removals];
  return {
    clusterView,
    problems,
    plan: { cluster: topology.cluster, generation: generationOf(desired), digest: planDigest(steps), steps },
  };
}
