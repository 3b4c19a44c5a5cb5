import { type Change, findChanges } from '../../plan/change.ts';
import { generationOf, planDigest } from '../../plan/makePlan.ts';
import type { PhaseContext } from '../../plan/phases/context.ts';
import { PHASES } from '../../plan/phases/index.ts';
import { EVERYTHING, select } from '../../plan/select.ts';
import type { Step } from '../../plan/step.ts';
import type { Node } from '../../topology/topology.ts';
import { bringCommand } from '../cluster/bringCommand.ts';
import { type ClusterView, planInput, planOf } from '../cluster/clusterView.ts';
import { namedNodes } from '../cluster/nodes.ts';
import type { Planned } from '../cluster/planned.ts';
import { nodeRuns } from '../cluster/serving.ts';

/**
 * The plan that ends servers and starts them again from what is on their hosts: proxy, prefill and decode go down in this
 * order, decode, prefill and proxy come up, a token proves it. The ranks of an instance meet once, at its start, so an instance
 * restarts as a whole. Nothing is pushed: where a host holds something older than the deployment, that is `serve`'s work.
 */
export function planRestart(clusterView: ClusterView, words: readonly string[]): Planned {
  const { topology, desired } = clusterView;
  const { nodes, problems, changes } = askedRestarts(clusterView, words);
  const names = new Set<string>(nodes.map((node) => node.name));
  const hosts = new Set(nodes.map((node) => node.host));
  const unfit = planOf(clusterView).steps.filter(
    ({ host, action }) => hosts.has(host) && action.kind === 'check' && action.verdict !== 'ok',
  );
  const context: Omit<PhaseContext, 'earlier'> = {
    ...planInput(clusterView),
    changes,
    findings: [],
    takenOver: [],
  };
  const steps: Step[] = [];
  for (const tag of ['stop_server', 'run_server', 'run_proxy', 'verify'] as const) {
    const made = PHASES[tag]({ ...context, earlier: steps });
    const asked = (step: Step) => ({ ...step, disruptive: step.disruptive && nodeRuns(step.node, clusterView) });
    steps.push(...(tag === 'stop_server' ? made.map(asked) : made));
  }
  const all = [...unfit, ...steps];
  return {
    clusterView,
    problems: [...problems, ...olderThanDeployment(clusterView, names)],
    plan: { cluster: topology.cluster, generation: generationOf(desired), digest: planDigest(all), steps: all },
  };
}

/**
 * The same, with what the deployment file has changed for these instances: everything that `serve` would bring them, and a restart
 * of those that it would leave running.
 */
export function planApply(ofFile: ClusterView, words: readonly string[]): Planned {
  const { nodes, problems, changes } = askedRestarts(ofFile, words);
  const limit = nodes.map(({ name }) => name);
  const all = planOf(ofFile, [], [], changes);
  const own = new Set<string>(limit);
  const isOwn = ({ tag, node, alsoFor = [] }: Step) =>
    own.has(node) || alsoFor.some((name) => own.has(name)) || tag === 'verify';
  const steps = all.steps.filter(isOwn);
  const { problems: unmet } = select(all, { ...EVERYTHING, limit }, ofFile.topology);
  return {
    clusterView: ofFile,
    problems: [...problems, ...unmet],
    plan: { ...all, digest: planDigest(steps), steps },
  };
}

/** Whole instances of the named nodes, and why each restarts. */
function askedRestarts(clusterView: ClusterView, words: readonly string[]) {
  const { nodes: named, problems } = namedNodes(words, clusterView.topology);
  const nodes = wholeInstances(named, clusterView);
  const because = (node: Node): string =>
    words.length === 0
      ? 'a restart of everything was asked for'
      : named.includes(node)
        ? 'its restart was asked for'
        : `its instance restarts as a whole, with ${mateOf(node, named)}`;
  const [known, unknown] = [true, false].map((isKnown) =>
    nodes.filter(({ name }) => isKnown === name in clusterView.desired.nodes),
  ) as [Node[], Node[]];
  const missing = unknown.map(
    ({ name, host }) => `${name}: what it should run is not known, since ${host} did not answer or does not keep it`,
  );
  const changes = known.map(
    (node): Change => ({ node: node.name, host: node.host, kind: 'server', how: 'restart', because: because(node) }),
  );
  return { nodes, problems: [...problems, ...missing], changes };
}

function wholeInstances(named: readonly Node[], { topology }: ClusterView): Node[] {
  const instances = new Set(named.flatMap((node) => (node.role === 'proxy' ? [] : [node.instance])));
  return topology.nodes.filter((node) => (node.role === 'proxy' ? named.includes(node) : instances.has(node.instance)));
}

function mateOf(node: Node, named: readonly Node[]): string {
  const mate = named.find(
    (other) => node.role !== 'proxy' && other.role !== 'proxy' && other.instance === node.instance,
  );
  return mate?.name ?? 'another of its nodes';
}

/** A server must not be started over something older than the deployment that it would then claim to be. */
function olderThanDeployment(clusterView: ClusterView, names: ReadonlySet<string>): string[] {
  const { desired, facts, topology } = clusterView;
  const changes = findChanges(desired, facts, topology);
  const hosts = new Set(topology.nodes.filter((node) => names.has(node.name)).map((node) => node.host));
  return changes.flatMap((change) => {
    // noted at one node of a host, for all of its nodes
    const isOfHost = change.kind === 'image' || (change.kind === 'artifact' && change.artifact.scope === 'host');
    const concerns = isOfHost ? hosts.has(change.host) : names.has(change.node);
    if (change.kind === 'server' || !concerns) return [];
    return [
      `${change.node} is not as the deployment says (${change.because}); use: ${bringCommand(clusterView)}${clusterView.kept ? '' : ', or --apply'}`,
    ];
  });
}
