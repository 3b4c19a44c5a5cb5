import { filesOf, installedText } from '../../src/engines/artifact.ts';
import type { Desired } from '../../src/engines/desired.ts';
import type { Dialect } from '../../src/engines/omni/dialect/dialect.ts';
import { NEWEST_KNOWN } from '../../src/engines/omni/dialect/knownDialects.ts';
import { httpProbes } from '../../src/engines/readiness.ts';
import {
  type ContainerFacts,
  type DialectFacts,
  type Facts,
  type MachineFacts,
  type ReachedHost,
  UNKNOWN_MACHINE,
} from '../../src/facts/facts.ts';
import type { Topology } from '../../src/topology/topology.ts';

const MODEL = JSON.stringify({
  num_hidden_layers: 61,
  first_k_dense_replace: 3,
  n_routed_experts: 256,
  num_experts_per_tok: 8,
});

/** A host with docker and the image, and nothing of ours on it. */
export function freshHost(address: string, image: string, parts: Partial<ReachedHost> = {}): ReachedHost {
  const last = address.split('.').at(-1);
  return {
    reachable: true,
    address,
    hostname: `h${last}`,
    kernel: '6.1.0',
    arch: 'x86_64',
    clock: { epochS: 1_800_000_000, aheadMs: 0 },
    docker: { state: 'up', reason: null, version: '20.10.24', images: { [image]: 'sha256:image' }, containers: [] },
    deviceIps: Object.fromEntries(Array.from({ length: 16 }, (_, die) => [String(die), `172.16.${last}.${die}`])),
    interfaceName: 'eth0',
    tools: { rsync: true, python3: true, sha256sum: true },
    paths: { '/data/models/r1': { exists: true, kind: 'folder' } },
    digests: {},
    texts: { '/data/models/r1/config.json': MODEL },
    freeBytes: { '/var/lib/omniplace': 1e12, '/data/log': 1e12, '/var/lib/docker': 1e12 },
    listening: [],
    processes: [],
    stoppedPids: [],
    codeEdits: [],
    dumps: {},
    holdings: {},
    machine: machineOf(address),
    dialect: readDialect(),
    ...parts,
  };
}

/** What the image of every host shows. */
export function readDialect(dialect: Dialect = NEWEST_KNOWN.dialect): DialectFacts {
  const accepts = dialect as unknown as DialectFacts['accepts'];
  return { from: 'sha256:image', state: 'read', problem: null, accepts };
}

function machineOf(address: string): MachineFacts {
  return {
    ...UNKNOWN_MACHINE,
    // its servers have run for 2 h 05 min
    bootS: 1_799_992_499.99,
    software: { driver: '24.1.rc3', firmware: '7.5.0.1', cann: '8.0.RC3' },
    memoryBytes: 2e12,
    availableBytes: 1.9e12,
    interfaces: [
      { name: 'lo', addresses: ['127.0.0.1'], mtu: 65_536 },
      { name: 'eth0', addresses: [address], mtu: 1500 },
    ],
    outgoingPorts: { from: 32_768, to: 60_999, reserved: '' },
    dieNodes: Array.from({ length: 16 }, (_, die) => die),
    dieProcesses: [],
    dockerRoot: '/var/lib/docker',
  };
}

export function freshFacts(topology: Topology, image: string): Facts {
  return Object.fromEntries(topology.hosts.map((host) => [host.address, freshHost(host.address, image)]));
}

/** Facts of hosts on which everything is as desired and every server runs. */
export function convergedFacts(topology: Topology, desired: Desired, image: string): Facts {
  return Object.fromEntries(
    topology.hosts.map((host) => {
      const nodes = Object.values(desired.nodes).filter((node) => node.host === host.address);
      const fresh = freshHost(host.address, image);
      const containers = nodes.map(
        (node, i): ContainerFacts => ({
          id: `${node.node}${'0'.repeat(10)}${i}`,
          name: node.container.name,
          image,
          imageId: 'sha256:image',
          running: true,
          status: 'Up 2 hours',
          labels: {
            'omniplace.cluster': topology.cluster,
            'omniplace.node': node.node,
            'omniplace.spec': node.container.spec,
          },
          dies: null,
        }),
      );
      const files = nodes.flatMap(filesOf);
      const texts = nodes.flatMap((node, i) => [
        [node.paths.started, node.server.generation],
        [node.paths.ready, node.server.generation],
        ...node.artifacts.flatMap(({ bring }) => {
          if (bring.kind === 'put') return [];
          const text = bring.kind === 'sync' ? `${bring.digest}\n` : installedText(bring, containers[i]?.id ?? '');
          return [[bring.marker, text]];
        }),
      ]);
      return [
        host.address,
        {
          ...fresh,
          docker: { ...fresh.docker, containers },
          digests: Object.fromEntries(files.map((file) => [file.path, file.sha256])),
          texts: { ...fresh.texts, ...Object.fromEntries(texts) },
          processes: nodes.map((node, i) => ({
            pid: 1000 + i,
            startTicks: 1,
            node: node.server.identity,
            generation: node.server.generation,
            leader: true,
          })),
          listening: nodes.flatMap((node, i) =>
            httpProbes(node.server.readiness).map((probe) => ({ port: probe.port, pid: 1000 + i })),
          ),
        },
      ];
    }),
  );
}
