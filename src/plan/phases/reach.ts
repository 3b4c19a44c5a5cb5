import { acceleratorOf } from '../../accelerators/index.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import type { PhaseContext } from './context.ts';

/**
 * Dies of different hosts must reach each other, both ways. With the hosts in a ring every die pings its like on the host
 * before and the host behind: a die, a cable or a switch that is out is found from both sides, by two pings per die however
 * large the cluster is. Only where servers are to be started: a cluster that serves has shown it.
 */
export function reachSteps({ deployment, topology, facts, changes }: PhaseContext): Step[] {
  const { network } = acceleratorOf(deployment.accelerator);
  if (network === undefined || !changes.some((change) => change.kind === 'server')) return [];
  const ring = topology.hosts.flatMap((host) => {
    const found = facts[host.address];
    const node = host.nodes[0];
    const dies = found?.reachable ? Object.entries(found.deviceIps) : [];
    return node === undefined || dies.length === 0 || !found?.reachable || !found.machine.pingsDies
      ? []
      : [{ host, node, dies }];
  });
  if (ring.length < 2) return [];
  return ring.map(({ host, node, dies }, at): Step => {
    const neighbours = [...new Set([ring.at(at - 1)!, ring[(at + 1) % ring.length]!])];
    const pairs = dies.flatMap(([die], i) =>
      neighbours.map((other) => `${die}=${other.dies[i % other.dies.length]![1]}`),
    );
    return stepOf(
      'preflight',
      'reach',
      {
        node,
        alsoFor: host.nodes.slice(1),
        host: host.address,
        because: 'servers are to be started, and their dies must reach each other',
      },
      {
        title: `ping dies of ${neighbours.map((other) => other.host.address).join(' and ')}`,
        needs: [`preflight/${node}/host`],
        action: { ...execOf(['sh', '-c', network.ping, 'sh', ...pairs]), looks: true },
        deadlineMs: 30_000,
      },
    );
  });
}
