import type { Facts, HostFacts, ReachedHost } from '../../src/facts/facts.ts';
import type { Topology } from '../../src/topology/topology.ts';

/** A healthy empty host: docker up, nothing of ours on it, device addresses 172.16.<last byte>.<die>. */
export function fakeHost(address: string, parts: Partial<ReachedHost> = {}, numDies = 16): ReachedHost {
  const last = address.split('.').at(-1);
  return {
    reachable: true,
    address,
    hostname: `host${last}`,
    kernel: '5.10.0',
    arch: 'aarch64',
    clock: { epochS: 1_750_000_000, aheadMs: 0 },
    docker: { state: 'up', reason: null, version: '20.10', images: {}, containers: [] },
    deviceIps: Object.fromEntries(Array.from({ length: numDies }, (_, die) => [String(die), `172.16.${last}.${die}`])),
    interfaceName: 'enp67s0f5',
    tools: { rsync: true, python3: true, sha256sum: true },
    paths: {},
    digests: {},
    texts: {},
    freeBytes: {},
    listening: [],
    processes: [],
    ...parts,
  };
}

export function fakeFacts(topology: Topology, parts: Readonly<Record<string, HostFacts>> = {}): Facts {
  return Object.fromEntries(topology.hosts.map(({ address }) => [address, parts[address] ?? fakeHost(address)]));
}
