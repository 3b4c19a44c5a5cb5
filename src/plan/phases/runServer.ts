import type { DesiredNode } from '../../engines/desired.ts';
import type { ServerNode } from '../../topology/topology.ts';
import { type Step, type StepId, stepOf } from '../step.ts';
import { blockedSteps, changesOfKind, groundOf, type Phase, type PhaseContext } from './context.ts';

/**
 * Starts the decode masters, their workers, then prefill (whose connectors look for decode), and waits for each to be ready.
 * Every wait is a condition with a deadline; a server that stands still or ends is given up before it.
 */
export const runServer: Phase = (context) => {
  const servers = changesOfKind(context, 'server')
    .filter((entry): entry is typeof entry & { node: ServerNode } => entry.node.role !== 'proxy')
    .sort((a, b) => startOrder(a.node) - startOrder(b.node));
  const names = new Set<string>(servers.map(({ node }) => node.name));
  const decodes = servers.filter(({ node }) => node.role === 'decode').map(({ node }) => spawnId(node));

  const spawns = servers.map(({ change, node, desired }): Step => {
    const master = masterOf(context, node);
    const followsMaster = node.nodeRank > 0 && names.has(master);
    return {
      ...spawnStep(context, desired, 'run_server', change.because),
      title: `start the ${node.role} server of ${node.name}`,
      needs: [
        ...groundOf(context, node.name, node.host).map(({ id }) => id),
        ...(followsMaster ? [`run_server/${master}/spawn` as StepId] : []),
      ],
      after: node.role === 'prefill' ? decodes : [],
    };
  });
  const waits = servers.map(({ change, node, desired }) =>
    readyStep(
      desired,
      'run_server',
      change.because,
      node.numServers === 0
        ? 'the ray worker to join'
        : `${node.numServers} server${node.numServers === 1 ? '' : 's'} ready`,
    ),
  );
  // all spawns first: a host with two nodes starts both before it waits for either
  return [...blockedSteps(context, 'server', 'run_server'), ...spawns, ...waits];
};

function startOrder(node: ServerNode): number {
  return (node.role === 'decode' ? 0 : 2) + (node.nodeRank === 0 ? 0 : 1);
}

function masterOf(context: PhaseContext, node: ServerNode): string {
  return context.topology.instances[node.instance]?.master ?? node.name;
}

function spawnId(node: ServerNode): StepId {
  return `run_server/${node.name}/spawn`;
}

export function spawnStep(
  context: PhaseContext,
  desired: DesiredNode,
  tag: 'run_server' | 'run_proxy',
  because: string,
): Step {
  const { server } = desired;
  return stepOf(
    tag,
    'spawn',
    { ...desired, because },
    {
      title: 'start',
      needs: groundOf(context, desired.node, desired.host).map(({ id }) => id),
      action: {
        kind: 'spawn',
        argv: server.argv,
        in: desired.container.name,
        env: server.env,
        log: server.log,
        runFolder: desired.paths.run,
        identity: { node: server.identity, generation: server.generation },
      },
      deadlineMs: 60_000,
    },
  );
}

export function readyStep(
  desired: DesiredNode,
  tag: 'run_server' | 'run_proxy',
  because: string,
  showing: string,
): Step {
  const { server } = desired;
  return stepOf(
    tag,
    'ready',
    { ...desired, because },
    {
      title: `wait for ${showing}`,
      needs: [`${tag}/${desired.node}/spawn`],
      action: {
        kind: 'wait',
        until: {
          probes: server.readiness,
          ports: server.readiness.map((probe) => probe.port),
          joined: server.joined,
          process: { node: server.identity, generation: server.generation },
          runFolder: desired.paths.run,
          logs: server.logs,
          noProgressMs: server.noProgressMs,
          marker: desired.paths.ready,
        },
        showing,
      },
      deadlineMs: server.readyDeadlineMs,
    },
  );
}
