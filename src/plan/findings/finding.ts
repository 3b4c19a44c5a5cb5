import type { Deployment } from '../../deployment/deployment.ts';
import type { PortsOf } from '../../engines/boundPorts.ts';
import type { Desired } from '../../engines/desired.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Facts, ReachedHost } from '../../facts/facts.ts';
import type { Topology } from '../../topology/topology.ts';

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
  | 'docker-differs'
  | 'docker-old'
  | 'docker-is-podman'
  | 'image-absent'
  | 'image-differs'
  | 'engine-absent'
  | 'dialect-assumed'
  | 'engine-refuses'
  | 'engine-warns'
  | 'model-absent'
  | 'model-differs'
  | 'model-hidden'
  | 'model-link'
  | 'model-unreadable'
  | 'mount-absent'
  | 'device-absent'
  | 'disk-low'
  | 'disk-read-only'
  | 'memory-low'
  | 'memory-differs'
  | 'foreign-container'
  | 'dies-held'
  | 'die-absent'
  | 'die-split'
  | 'die-memory'
  | 'port-taken'
  | 'port-outgoing'
  | 'clock-apart'
  | 'device-ip-duplicate'
  | 'device-ip-differs'
  | 'device-ip-assumed'
  | 'hostname-duplicate'
  | 'address-elsewhere'
  | 'interface-differs'
  | 'mtu-differs'
  | 'arch-differs'
  | 'driver-differs'
  | 'driver-old'
  | 'fact-missing'
  | 'local-file-missing'
  | 'leftover-node'
  | 'no-sha256sum';

/** All that findings are made from. */
export interface Examined {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly desired: Desired;
  readonly facts: Facts;
  readonly engine: Pick<
    Engine,
    'name' | 'tags' | 'build' | 'order' | 'modelPath' | 'router' | 'dialect' | 'refusals' | 'metrics' | 'transferProof'
  >;
  readonly portsOf: PortsOf;
  /** Bytes of files that may have to go to a host. */
  readonly pushBytes: (host: string) => number;
  /** Bytes of the image archive, where a host lacks the image; else 0. */
  readonly imageBytes: (host: string) => number;
}

/** Findings of one host: `error` keeps anything from being touched. */
export function findingOn(host: string) {
  const of = (severity: Finding['severity']) => (code: FindingCode, message: string, hint: string | null) =>
    ({ code, severity, host, message, hint }) as const satisfies Finding;
  return { error: of('error'), warning: of('warning') };
}

/** Hosts with a server of ours that were reached, in the topology's order. */
export function serverHosts({ topology, facts }: Pick<Examined, 'topology' | 'facts'>): readonly ReachedHost[] {
  const addresses = new Set(topology.nodes.filter((node) => node.role !== 'proxy').map((node) => node.host));
  return topology.hosts.flatMap(({ address }) => {
    const found = facts[address];
    return addresses.has(address) && found?.reachable ? [found] : [];
  });
}
