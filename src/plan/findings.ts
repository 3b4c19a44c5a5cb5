import type { Deployment } from '../deployment/deployment.ts';
import type { Desired, DesiredNode, PortsOf } from '../engines/engine.ts';
import type { Facts, ReachedHost } from '../facts/facts.ts';
import type { Topology, TopologyHost } from '../topology/topology.ts';
import { foreignInTheWay } from './foreign.ts';
import { foreignHint, foreignText } from './foreignWords.ts';

/** What preflight found on a host. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'error' | 'warning';
  readonly host: string;
  readonly message: string;
  readonly hint: string | null;
}

export type FindingCode =
  | 'host-unreachable'
  | 'no-docker'
  | 'docker-down'
  | 'image-absent'
  | 'model-absent'
  | 'disk-low'
  | 'foreign-container'
  | 'dies-held'
  | 'port-taken'
  | 'clock-apart'
  | 'device-ip-duplicate'
  | 'fact-missing'
  | 'local-file-missing'
  | 'leftover-node'
  | 'no-sha256sum';

const CLOCK_WARNING_MS = 2_000;
/** Left free after everything is pushed. */
const DISK_MARGIN_BYTES = 64 * 1024 * 1024;

/** All that the facts speak against, host by host. Pure: `--facts FILE` gives the same answer as the wire. */
export function findProblems(
  deployment: Deployment,
  topology: Topology,
  desired: Desired,
  facts: Facts,
  portsOf: PortsOf,
  pushBytes: (host: string) => number,
): readonly Finding[] {
  const findings = topology.hosts.flatMap((host): Finding[] => {
    const found = facts[host.address];
    if (!found)
      return [
        finding(
          'host-unreachable',
          host.address,
          'no facts of this host',
          'probe it: leave out --facts, or add it to the facts file',
        ),
      ];
    if (!found.reachable) return [finding('host-unreachable', host.address, found.reason, null)];
    const nodes = Object.values(desired.nodes).filter((node) => node.host === host.address);
    return [
      ...dockerProblems(deployment, found, nodes),
      ...pathProblems(deployment, found, pushBytes(host.address)),
      ...containerProblems(topology, found, nodes, portsOf),
      ...portProblems(topology, host, found, portsOf),
      ...clockProblems(found),
    ];
  });
  return [...findings, ...deviceIpProblems(topology, facts), ...missingFacts(desired, facts)];
}

function finding(
  code: FindingCode,
  host: string,
  message: string,
  hint: string | null,
  severity: 'error' | 'warning' = 'error',
): Finding {
  return { code, severity, host, message, hint };
}

function dockerProblems(deployment: Deployment, host: ReachedHost, nodes: readonly DesiredNode[]): Finding[] {
  const { docker, address } = host;
  const problems: Finding[] = [];
  if (!host.tools.sha256sum)
    problems.push(
      finding(
        'no-sha256sum',
        address,
        'no sha256sum on the host, pushed files could not be verified',
        'install coreutils',
      ),
    );
  if (docker.state === 'absent')
    return [...problems, finding('no-docker', address, 'no docker on the host', 'install docker and start it')];
  if (docker.state === 'down') {
    return [
      ...problems,
      finding(
        'docker-down',
        address,
        `docker does not answer: ${docker.reason ?? 'no reason given'}`,
        'systemctl start docker',
      ),
    ];
  }
  for (const image of new Set(nodes.map((node) => node.container.image))) {
    if (docker.images[image] != null) continue;
    const from =
      deployment.imageArchive === null ? 'it will be pulled' : `it will be loaded from ${deployment.imageArchive}`;
    problems.push(finding('image-absent', address, `image ${image} is not on the host; ${from}`, null, 'warning'));
  }
  return problems;
}

function pathProblems(deployment: Deployment, host: ReachedHost, pushBytes: number): Finding[] {
  const problems: Finding[] = [];
  if (host.paths[deployment.modelPath]?.exists === false) {
    problems.push(
      finding(
        'model-absent',
        host.address,
        `model path ${deployment.modelPath} is not on the host`,
        'copy the model there, or mend services.model_path',
      ),
    );
  }
  const free = host.freeBytes[deployment.statePath];
  const needed = pushBytes + DISK_MARGIN_BYTES;
  if (free !== undefined && free < needed) {
    problems.push(
      finding(
        'disk-low',
        host.address,
        `${mib(free)} MiB free at ${deployment.statePath}, ${mib(needed)} MiB needed`,
        'free some space, or set services.state_path to a larger disk',
      ),
    );
  }
  return problems;
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}

function containerProblems(
  topology: Topology,
  found: ReachedHost,
  nodes: readonly DesiredNode[],
  portsOf: PortsOf,
): Finding[] {
  const problems = foreignInTheWay(topology, found, nodes, portsOf).map((foreign) =>
    finding(
      foreign.nameOf !== null ? 'foreign-container' : foreign.dies.length > 0 ? 'dies-held' : 'port-taken',
      found.address,
      foreignText(foreign),
      foreignHint(foreign),
    ),
  );
  for (const container of found.docker.containers) {
    const cluster = container.labels['omniplace.cluster'];
    if (cluster === topology.cluster) {
      const name = container.labels['omniplace.node'];
      if (!nodes.some((node) => node.node === name)) {
        problems.push(
          finding(
            'leftover-node',
            found.address,
            `container ${container.name} is of this cluster, but ${name ?? 'its node'} is no node of this deployment on this host`,
            `docker rm -f ${container.name} on that host`,
            'warning',
          ),
        );
      }
    }
  }
  return problems;
}

function portProblems(topology: Topology, host: TopologyHost, found: ReachedHost, portsOf: PortsOf): Finding[] {
  const ourPids = new Set(
    found.processes.filter((process) => process.node.startsWith(`${topology.cluster}/`)).map((process) => process.pid),
  );
  const ranges = topology.nodes.filter((node) => node.host === host.address).flatMap((node) => portsOf(node));
  // a foreign container is told of by its name; what listens in ours is ours, though nginx and vLLM write their titles over
  // the environment that would say so
  const ofContainers = new Set(found.docker.containers.flatMap(({ id }) => found.holdings[id]?.ports ?? []));
  return found.listening.flatMap(({ port, pid }): Finding[] => {
    if (ofContainers.has(port)) return [];
    const range = ranges.find((candidate) => port >= candidate.from && port <= candidate.to);
    if (!range) return [];
    const ours =
      pid === null
        ? found.processes.some((process) => process.node === `${topology.cluster}/${range.node}`)
        : ourPids.has(pid);
    if (ours) return [];
    const holder = pid === null ? 'another process' : `process ${pid}`;
    return [
      finding(
        'port-taken',
        host.address,
        `port ${port} (${range.purpose} of ${range.node}) is held by ${holder}`,
        'end it, or choose another port',
      ),
    ];
  });
}

function clockProblems(host: ReachedHost): Finding[] {
  const ahead = host.clock.aheadMs;
  if (Math.abs(ahead) < CLOCK_WARNING_MS) return [];
  return [
    finding(
      'clock-apart',
      host.address,
      `clock is ${(Math.abs(ahead) / 1000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`,
      'let chrony or ntpd set it',
      'warning',
    ),
  ];
}

function deviceIpProblems(topology: Topology, facts: Facts): Finding[] {
  const holders = new Map<string, { host: string; die: string }>();
  const problems: Finding[] = [];
  for (const host of topology.hosts) {
    const found = facts[host.address];
    if (!found?.reachable) continue;
    for (const [die, ip] of Object.entries(found.deviceIps)) {
      const other = holders.get(ip);
      if (other)
        problems.push(
          finding(
            'device-ip-duplicate',
            host.address,
            `die ${die} has device IP ${ip}, as has die ${other.die} of ${other.host}`,
            'give it another with hccn_tool -i N -ip -s',
          ),
        );
      else holders.set(ip, { host: host.address, die });
    }
  }
  return problems;
}

/** Facts that a reached host could not give. Of hosts that were not reached nothing more need be said. */
function missingFacts(desired: Desired, facts: Facts): Finding[] {
  const seen = new Set<string>();
  return desired.unknown.flatMap((unknown): Finding[] => {
    const key = `${unknown.host} ${unknown.fact}`;
    if (seen.has(key) || facts[unknown.host]?.reachable !== true) return [];
    seen.add(key);
    return [
      unknown.of === 'this-machine'
        ? finding(
            'local-file-missing',
            unknown.host,
            `${unknown.fact} does not exist on this machine, and ${unknown.node}'s ${unknown.blocks} need${unknown.blocks === 'files' ? '' : 's'} it`,
            'make it, or mend its path in the deployment file',
          )
        : finding(
            'fact-missing',
            unknown.host,
            `${unknown.fact} is not known of this host, ${unknown.node}'s ${unknown.blocks} needs it`,
            null,
          ),
    ];
  });
}
