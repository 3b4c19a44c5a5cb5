import { acceleratorOf } from '../../accelerators/index.ts';
import { DEVICES_KEY } from '../../deployment/devicesKey.ts';
import type { DieProcess, ReachedHost } from '../../facts/facts.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

/** Characters of a process's command in a finding. */
const MOST_COMMAND = 120;

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
    ...leftovers.map((process) =>
      findingOn(host.address).error(
        'dies-held',
        `${runningText(process)} runs on die ${process.die} that ${ownerOf.get(process.die)} needs`,
        process.user === undefined
          ? `see whose it is before you end it: ps -o user,lstart,args -p ${process.pid} on that host`
          : `if it may end: kill ${process.pid} on that host`,
      ),
    ),
  ];
}

/** `process 4711 of alice (python3 -m vllm serve ..)` */
function runningText({ pid, name, user, command }: DieProcess): string {
  const shown = cut((user === undefined ? '' : command) || name);
  return `process ${pid}${user === undefined ? '' : ` of ${user}`}${shown === '' ? '' : ` (${shown})`}`;
}

function cut(command: string): string {
  return command.length > MOST_COMMAND ? `${command.slice(0, MOST_COMMAND)}..` : command;
}

/** Dies whose driver and file differ on their address, or whose driver was not heard. */
export function dieAddressProblems({ topology, deployment }: Examined, host: ReachedHost): Finding[] {
  const { network } = acceleratorOf(deployment.accelerator);
  const { dieAddresses } = host.machine;
  if (network?.file === undefined || dieAddresses === undefined) return [];
  const { live, configured } = dieAddresses;
  const dies = topology.nodes.flatMap((node) =>
    node.host === host.address && node.role !== 'proxy' ? node.dies.map(String) : [],
  );
  const [first, ...others] = dies.filter(
    (die) => live[die] !== undefined && configured[die] !== undefined && live[die] !== configured[die],
  );
  const unasked = dies.filter((die) => live[die] === undefined && configured[die] !== undefined);
  return [
    ...(first === undefined
      ? []
      : [
          findingOn(host.address).warning(
            'device-ip-differs',
            `die ${first} has device IP ${live[first]}, which is used, but ${network.file} contains ${configured[first]}${others.length === 0 ? '' : `; die${others.length === 1 ? '' : 's'} ${others.join(', ')} ${others.length === 1 ? 'differs' : 'differ'} too`}`,
            `containers see the file, and the host takes its addresses from it when it starts: correct ${network.file}, or set the address with ${network.setAddress}`,
          ),
        ]),
    ...(unasked.length === 0
      ? []
      : [
          findingOn(host.address).warning(
            'device-ip-assumed',
            `device IPs of die${unasked.length === 1 ? '' : 's'} ${unasked.join(', ')} are from ${network.file}: ${host.machine.pingsDies ? 'the driver did not report them' : `${network.showAddress.split(' ')[0]} is not on the host, so they could not be compared, and dies are not pinged`}`,
            host.machine.pingsDies
              ? `see why on that host: ${network.showAddress}`
              : `find it with: find / -name ${network.showAddress.split(' ')[0]}, and put its folder on the PATH of that host's login shell`,
          ),
        ]),
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
