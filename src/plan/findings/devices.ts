import { acceleratorOf } from '../../accelerators/index.ts';
import { DEVICES_KEY } from '../../deployment/devicesKey.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

/** Dies that are not there, or that somebody else computes on. */
export function dieProblems({ topology, deployment }: Examined, host: ReachedHost): Finding[] {
  const { probe } = acceleratorOf(deployment.accelerator);
  if (probe === undefined) return [];
  const { dieNodes, dieProcesses } = host.machine;
  const ownerOf = new Map(
    topology.nodes
      .filter((node) => node.host === host.address)
      .flatMap((node) => (node.role === 'proxy' ? [] : node.dies.map((die) => [die, node.name] as const))),
  );
  const absent = dieNodes.length === 0 ? [] : [...ownerOf].filter(([die]) => !dieNodes.includes(die));
  const ours = new Set(host.processes.map(({ pid }) => pid));
  const containers = new Set(host.docker.containers.map(({ id }) => id));
  const leftovers = (dieProcesses ?? []).filter(
    // what runs in a container is told of by its name
    ({ die, pid, container }) =>
      ownerOf.has(die) && !ours.has(pid) && (container === null || !containers.has(container)),
  );
  return [
    ...absent.map(([die, node]) =>
      findingOn(host.address).error(
        'die-absent',
        `die ${die} of ${node} is not on the host, which has ${dieNodes.join(', ')}`,
        `mend ${DEVICES_KEY}, or see whether the driver lost it: ${probe.listDies}`,
      ),
    ),
    ...leftovers.map(({ die, pid, name }) =>
      findingOn(host.address).error(
        'dies-held',
        `process ${pid} (${name}) runs on die ${die} that ${ownerOf.get(die)} needs`,
        `end it: kill ${pid} on that host`,
      ),
    ),
  ];
}

export function deviceIpProblems({ topology, facts, deployment }: Examined): Finding[] {
  const { network } = acceleratorOf(deployment.accelerator);
  if (network === undefined) return [];
  const holders = new Map<string, { host: string; die: string }>();
  const problems: Finding[] = [];
  for (const host of topology.hosts) {
    const found = facts[host.address];
    if (!found?.reachable) continue;
    for (const [die, ip] of Object.entries(found.deviceIps)) {
      const other = holders.get(ip);
      if (other)
        problems.push(
          findingOn(host.address).error(
            'device-ip-duplicate',
            `die ${die} has device IP ${ip}, as has die ${other.die} of ${other.host}`,
            `give it another with ${network.setAddress}`,
          ),
        );
      else holders.set(ip, { host: host.address, die });
    }
  }
  return problems;
}
