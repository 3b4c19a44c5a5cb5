import type { DesiredNode } from '../../engines/desired.ts';
import { httpProbes, type Readiness } from '../../engines/readiness.ts';
import { tookPath } from '../../topology/paths.ts';
import type { NodeName, PortRange, ServerNode } from '../../topology/topology.ts';
import { lastStartS } from '../lastStart.ts';
import { type BoundPorts, type Step, type StepId, stepOf } from '../step.ts';
import { blockedSteps, changesOfKind, groundOf, nodeNamed, type Phase, type PhaseContext } from './context.ts';

type Starting = ReturnType<typeof changesOfKind<'server'>>[number] & { readonly node: ServerNode };

/**
 * Starts servers in the engine's waves, masters first within each, and waits for each to be ready. Every wait is a condition
 * with a deadline; a server that stands still or ends is given up before it.
 */
export const runServer: Phase = (context) => {
  const waves = startWaves(context);
  const names = new Set<string>(waves.flat().map(({ node }) => node.name));
  const spawns = waves.flatMap((wave, i) => {
    const after = (waves[i - 1] ?? []).map(({ node }) => spawnId(node.name));
    return wave.map(({ change, node, desired }): Step => {
      const master = context.topology.instances[node.instance]!.master;
      const followsMaster = node.nodeRank > 0 && names.has(master);
      return {
        ...spawnStep(context, desired, 'run_server', change.because),
        title: `start the ${node.role} server of ${node.name}`,
        needs: [
          ...groundOf(context, node.name, node.host).map(({ id }) => id),
          ...(followsMaster ? [spawnId(master)] : []),
        ],
        after,
      };
    });
  });
  const starting = waves.flat();
  const waits = starting.map(({ change, node, desired }) => ({
    ...readyStep(context, desired, 'run_server', change.because, readyWords(desired.server.readiness)),
    // ranks wait for those of nodes whose start waits for its ports: that is not a lack of progress
    after: starting
      .filter((other) => other.node.instance === node.instance && other.node !== node)
      .map((other) => spawnId(other.node.name)),
  }));
  // all spawns first: a host with two nodes starts both before it waits for either
  return [...blockedSteps(context, 'server', 'run_server'), ...spawns, ...waits];
};

/** Waves without a server to start are left out. */
function startWaves(context: PhaseContext): Starting[][] {
  const starting = changesOfKind(context, 'server').filter((entry): entry is Starting => entry.node.role !== 'proxy');
  const inWave = (names: readonly NodeName[]) => starting.filter(({ node }) => names.includes(node.name));
  return context.engine
    .order(starting.map(({ node }) => node))
    .map((names) => inWave(names).sort((a, b) => Number(a.node.nodeRank > 0) - Number(b.node.nodeRank > 0)))
    .filter((wave) => wave.length > 0);
}

function readyWords(readiness: Readiness): string {
  if ('file' in readiness) return `the ${readiness.what} to join`;
  const { length } = readiness.http;
  return `${length} server${length === 1 ? '' : 's'} ready`;
}

function spawnId(node: NodeName): StepId {
  return `run_server/${node}/spawn`;
}

/** Connections stay in TIME_WAIT for 60 s, and some are still being closed when their server has ended. */
const PORTS_WAIT_MS = 75_000;
/** For all else that a start does before the server is on its own. */
const SPAWN_MS = 60_000;

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
        ports: portsToBind(context, desired.node),
      },
      deadlineMs: PORTS_WAIT_MS + SPAWN_MS,
    },
  );
}

function portsToBind({ topology, portsOf }: PhaseContext, name: NodeName): BoundPorts {
  const ranges = portsOf(nodeNamed(topology, name));
  const numbers = (some: readonly PortRange[]) =>
    some.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  return {
    exclusive: numbers(ranges.filter(({ isExclusive }) => isExclusive === true)),
    reused: numbers(ranges.filter(({ isExclusive }) => isExclusive !== true)),
    waitMs: PORTS_WAIT_MS,
  };
}

export function readyStep(
  { facts }: PhaseContext,
  desired: DesiredNode,
  tag: 'run_server' | 'run_proxy',
  because: string,
  showing: string,
): Step {
  const { server } = desired;
  const probes = httpProbes(server.readiness);
  const lastS = lastStartS(desired, facts[desired.host]);
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
          probes,
          ports: probes.map(({ port }) => port),
          joined: 'file' in server.readiness ? server.readiness.file : null,
          process: { node: server.identity, generation: server.generation },
          runFolder: desired.paths.run,
          logs: server.logs,
          noProgressMs: server.noProgressMs,
          marker: desired.paths.ready,
          took: tookPath(desired.paths.run),
        },
        showing,
        ...(lastS !== null && { lastS }),
      },
      deadlineMs: server.readyDeadlineMs,
    },
  );
}
