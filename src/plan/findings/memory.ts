import type { ReachedHost } from '../../facts/facts.ts';
import { gib, parseSize } from '../../files/sizes.ts';
import { type Examined, type Finding, findingOn, serverHosts } from './finding.ts';

/** Of a host on which nothing of ours runs yet. */
const LEAST_AVAILABLE = 0.1;
/** Of the instance's largest host. */
const LEAST_SHARE = 0.9;

export function memoryProblems({ deployment, topology }: Examined, host: ReachedHost): Finding[] {
  const { memoryBytes, availableBytes } = host.machine;
  const servers = topology.nodes.filter((node) => node.host === host.address && node.role !== 'proxy');
  if (memoryBytes === null || servers.length === 0) return [];
  const shm = parseSize(deployment.container.shmSize);
  const running = host.processes.some((process) => process.node.startsWith(`${topology.cluster}/`));
  const problems: Finding[] = [];
  // a limit is no reservation: only one that no host could hold is worth a word
  if (shm !== null && shm > memoryBytes)
    problems.push(
      findingOn(host.address).warning(
        'memory-low',
        `shm_size is ${deployment.container.shmSize}, the host has ${gib(memoryBytes)} GiB of memory in all`,
        'lower services.container.shm_size: a full shm would end processes at random',
      ),
    );
  if (!running && availableBytes !== null && availableBytes < memoryBytes * LEAST_AVAILABLE)
    problems.push(
      findingOn(host.address).warning(
        'memory-low',
        `${gib(availableBytes)} of ${gib(memoryBytes)} GiB of memory are left, though nothing of this cluster runs`,
        'see what holds it: ps aux --sort -rss | head',
      ),
    );
  return problems;
}

/** Hosts of one instance load equal shares: the smallest is the one that fails. */
export function memoryDifferences(examined: Examined): Finding[] {
  const memory = new Map(serverHosts(examined).map((host) => [host.address, host.machine.memoryBytes]));
  return examined.topology.instances.flatMap((instance) => {
    const sizes = instance.group.hosts.flatMap(({ address }) => {
      const bytes = memory.get(address);
      return bytes == null ? [] : [{ address, bytes }];
    });
    const most = Math.max(0, ...sizes.map(({ bytes }) => bytes));
    return sizes
      .filter(({ bytes }) => bytes < most * LEAST_SHARE)
      .map(({ address, bytes }) =>
        findingOn(address).warning(
          'memory-differs',
          `${gib(bytes)} GiB of memory, where another host of its instance has ${gib(most)}`,
          null,
        ),
      );
  });
}
