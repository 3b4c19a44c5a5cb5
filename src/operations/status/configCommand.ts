import type { Deployment } from '../../deployment/deployment.ts';
import { filesOf } from '../../engines/artifact.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { Facts } from '../../facts/facts.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { buildClusterView, clusterProbeRequests } from '../cluster/clusterView.ts';
import { gatherFacts } from '../cluster/gatherFacts.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { desiredOnHosts } from '../generations/desiredOnHosts.ts';
import { type HostKept, readKept } from '../generations/readKept.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { type NodeConfig, nodeConfigText, settingsOf } from './nodeConfig.ts';

/** What a node runs, from what its host keeps: the deployment file of this machine may be another one. */
export async function configCommand(session: Session, name: string): Promise<CommandAnswer> {
  const { deployment, signal, pool } = session;
  const inputs = await readLocalInputs(deployment);
  const { topology } = buildClusterView(deployment, inputs, {});
  const node = topology.nodes.find((each) => each.name === name);
  if (node === undefined) throw unknownNode(name, topology);
  const request = clusterProbeRequests(deployment, inputs)[node.host]!;
  const [facts, [kept]] = await Promise.all([
    gatherFacts(pool.open, { [node.host]: request }, { signal, hurry: true }),
    readKept(pool.open, [node.host], deployment, signal),
  ]);
  if (signal.aborted) return INTERRUPTED;
  const config = configOf(node, deployment, facts, kept!);
  if (typeof config === 'string') {
    const exitCode = kept!.problem === null ? EXIT.notServing : EXIT.unreachable;
    throw new UserError('no_config', config, { hint: `omniplace status ${deployment.file}`, exitCode });
  }
  return {
    answer: config,
    text: nodeConfigText(config).trimEnd(),
    exitCode: config.isRunning ? EXIT.done : EXIT.notServing,
  };
}

/** In words why it is not known. */
export function configOf(node: Node, deployment: Deployment, facts: Facts, kept: HostKept): NodeConfig | string {
  const found = facts[node.host];
  if (kept.problem !== null) return `${node.host}: ${kept.problem}`;
  if (!found?.reachable) return `${node.host}: ${found?.reason ?? 'no answer'}`;
  const identity = `${deployment.name}/${node.name}`;
  const running = found.processes.find((process) => process.leader && process.node === identity)?.generation ?? null;
  const records = [...kept.records.values()];
  const desired = desiredOnHosts([kept])?.generation;
  const record =
    running === null
      ? records.find(({ generation }) => generation === desired)
      : // the newest of several that have this server in common is the one that should run
        [...records]
          .sort((a) => (a.generation === desired ? -1 : 0))
          .find(({ nodes }) => nodes.some((each) => each.node === node.name && each.server.generation === running));
  const own = record?.nodes.find((each) => each.node === node.name);
  if (record === undefined || own === undefined)
    return running === null
      ? `${node.name} does not run, and ${node.host} keeps no generation of it`
      : `${node.name} runs generation ${running.slice(0, 12)}, which ${node.host} does not keep: it has not served as a part of a whole cluster`;
  const { source } = record.deployment;
  const group = groupOf(node, record.deployment);
  return {
    node: node.name,
    host: node.host,
    isRunning: running !== null,
    generation: own.server.generation,
    run: kept.kept.find(({ generation }) => generation === record.generation)?.run ?? record.run,
    by: record.served?.by ?? null,
    at: record.served?.at ?? null,
    file: record.deployment.file,
    image: `${own.container.image} (${record.imageId})`,
    overrides: source?.overrides ?? [],
    settings: source === undefined ? {} : settingsOf(source.document, node.role, group),
    files: filesOf(own).map(({ path, sha256 }) => ({ path, sha256 })),
  };
}

/** Of the deployment as it was then. */
function groupOf({ name }: Node, deployment: Deployment): string | null {
  const { nodes, instances } = topologyOf(deployment);
  const then = nodes.find((node) => node.name === name);
  return then === undefined || then.role === 'proxy' ? null : (instances[then.instance]?.group.name ?? null);
}

function unknownNode(name: string, { nodes }: Topology): UserError {
  const names = nodes.map((node) => node.name).join(', ');
  return new UserError('bad_usage', `There is no node ${name}; there are ${names}.`, {});
}
