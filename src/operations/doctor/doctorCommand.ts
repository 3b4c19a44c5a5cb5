import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { probeModelIn } from '../../facts/probeModelIn.ts';
import { containerOf } from '../../plan/containerChange.ts';
import { showsColors } from '../../report/nodeColors.ts';
import { TransportError } from '../../transport/host.ts';
import { askDies } from '../cluster/askDies.ts';
import { buildClusterView, type ClusterView, clusterProbeRequests } from '../cluster/clusterView.ts';
import { gatherFacts } from '../cluster/gatherFacts.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { namedNodes } from '../cluster/nodes.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { diagnose } from './diagnose.ts';
import type { Examination } from './examination.ts';
import { doctorText } from './text.ts';

/** All hosts are asked, because they are compared; those of the named nodes are shown. @throws UserError for words that name none */
export async function doctorCommand(session: Session, only: readonly string[]): Promise<CommandAnswer> {
  const { deployment, pool, signal } = session;
  const { nodes, problems } = namedNodes(only, topologyOf(deployment));
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  const shown = new Set(nodes.map(({ host }) => host));
  const inputs = await readLocalInputs(deployment);
  const unasked = buildClusterView(deployment, inputs, {});
  const [facts, dies] = await Promise.all([
    gatherFacts(pool.open, clusterProbeRequests(deployment, inputs), { signal }),
    askDies(pool.open, unasked, signal),
  ]);
  if (signal.aborted) return INTERRUPTED;
  const clusterView = buildClusterView(deployment, inputs, facts);
  const modelIn = await askContainers(session, clusterView);
  if (signal.aborted) return INTERRUPTED;
  const diagnosis = diagnose({ view: clusterView, dies, modelIn }, shown);
  const isReached = diagnosis.hosts.some(({ hostname }) => hostname !== null);
  const exitCode = !isReached ? EXIT.unreachable : diagnosis.faults > 0 ? EXIT.stepFailed : EXIT.done;
  return { answer: diagnosis, text: doctorText(diagnosis, showsColors(process.stdout)), exitCode };
}

/** Whether containers of servers that run can read the model, which can differ from what the host shows. */
async function askContainers(
  { pool, signal }: Session,
  { deployment, topology, desired, facts }: ClusterView,
): Promise<Examination['modelIn']> {
  const { modelPath } = deployment;
  const asked = topology.hosts.map(async ({ address, nodes }) => {
    const host = facts[address];
    if (!host?.reachable) return [address, {}] as const;
    const config = host.trees?.[modelPath]?.config;
    // where the host has no such file, its containers have none either
    if (config !== undefined && config.kind !== 'file') return [address, {}] as const;
    const file = `${modelPath}/${config?.name ?? 'config.json'}`;
    const running = topology.nodes.flatMap((node) => {
      const wanted = desired.nodes[node.name];
      if (node.role === 'proxy' || !nodes.includes(node.name) || wanted === undefined) return [];
      return containerOf(wanted, host)?.running ? [wanted.container.name] : [];
    });
    try {
      return [address, await probeModelIn(await pool.open(address, signal), file, running, signal)] as const;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return [address, {}] as const;
    }
  });
  return Object.fromEntries(await Promise.all(asked));
}
