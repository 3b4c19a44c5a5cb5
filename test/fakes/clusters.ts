import type { Deployment } from '../../src/deployment/deployment.ts';
import type { Facts, MachineFacts, ReachedHost } from '../../src/facts/facts.ts';
import { buildClusterView, type ClusterView } from '../../src/operations/cluster/clusterView.ts';
import { Random } from '../../src/placement/random.ts';
import type { FindingCode } from '../../src/plan/findings/finding.ts';
import { fakeDeployment } from './deployment.ts';
import { convergedFacts, freshFacts } from './facts.ts';
import { NO_INPUTS } from './inputs.ts';

/** A cluster without a fault: fresh hosts, or hosts that serve. The same seed gives the same one. */
export function cleanCluster(seed: number): ClusterView {
  const random = Random.scrambled(seed);
  const upTo = (n: number) => 1 + random.below(n);
  const addresses = Array.from({ length: 64 }, (_, i) => `10.0.${seed % 200}.${i + 1}`).values();
  const hosts = (count: number) => Array.from({ length: count }, () => addresses.next().value!);
  const dies = Array.from({ length: [4, 8, 16][upTo(3) - 1]! }, (_, die) => die);
  const prefill = Array.from({ length: upTo(4) }, () => ({ hosts: hosts(upTo(2)), dies }));
  const decode = [{ hosts: hosts(1 + upTo(7)), dies }];
  const proxy = { host: random.uniform() < 0.5 ? prefill[0]!.hosts[0]! : hosts(1)[0]! };
  return clusterOf(fakeDeployment({ prefill, decode, proxy }), random.uniform() < 0.5);
}

export function clusterOf(deployment: Deployment, serving: boolean): ClusterView {
  const { topology } = buildClusterView(deployment, NO_INPUTS, {});
  const fresh = freshFacts(topology, deployment.image);
  if (!serving) return buildClusterView(deployment, NO_INPUTS, fresh);
  const { desired } = buildClusterView(deployment, NO_INPUTS, fresh);
  return buildClusterView(deployment, NO_INPUTS, convergedFacts(topology, desired, deployment.image));
}

/** One thing that is wrong with one host of a cluster. */
export interface Defect {
  readonly name: string;
  readonly code: FindingCode;
  /** `other`: another host of the same instance. */
  readonly on: (host: ReachedHost, other: ReachedHost, clusterView: ClusterView) => ReachedHost;
}

/** The cluster with the defect on one of its decode hosts, and which. */
export function withDefect(clusterView: ClusterView, { on }: Defect, seed: number): { facts: Facts; host: string } {
  const members = clusterView.topology.instances.at(-1)!.group.hosts.map(({ address }) => address);
  // not its first: where only two hosts differ, the one that comes first counts as right
  const at = 1 + Random.scrambled(seed ^ 0x5eed).below(members.length - 1);
  const [host, other] = [members[at]!, members[(at + 1) % members.length]!];
  const [facts, others] = [clusterView.facts[host] as ReachedHost, clusterView.facts[other] as ReachedHost];
  return { facts: { ...clusterView.facts, [host]: on(facts, others, clusterView) }, host };
}

const machine = (host: ReachedHost, parts: Partial<MachineFacts>): ReachedHost => ({
  ...host,
  machine: { ...host.machine, ...parts },
});
const software = (host: ReachedHost, parts: Record<string, string>): ReachedHost =>
  machine(host, { software: { ...host.machine.software, ...parts } });
const docker = (host: ReachedHost, parts: Partial<ReachedHost['docker']>): ReachedHost => ({
  ...host,
  docker: { ...host.docker, ...parts },
});
const free = (host: ReachedHost, path: string): ReachedHost => ({
  ...host,
  freeBytes: { ...host.freeBytes, [path]: 1024 },
});
const nothingRuns = (host: ReachedHost): ReachedHost => ({ ...host, processes: [], listening: [] });
const foreign = (parts: Partial<ReachedHost['docker']['containers'][number]>) => ({
  id: 'f'.repeat(64),
  name: 'somebody',
  image: 'x',
  imageId: null,
  running: true,
  status: 'Up',
  labels: {},
  dies: null,
  ...parts,
});

export const DEFECTS: readonly Defect[] = [
  { name: 'no docker', code: 'no-docker', on: (host) => docker(host, { state: 'absent' }) },
  { name: 'docker that is down', code: 'docker-down', on: (host) => docker(host, { state: 'down', reason: 'no' }) },
  { name: 'another docker', code: 'docker-differs', on: (host) => docker(host, { version: '19.03.1' }) },
  { name: 'an old docker', code: 'docker-old', on: (host) => docker(host, { version: '1.12.6' }) },
  { name: 'podman for docker', code: 'docker-is-podman', on: (host) => docker(host, { version: 'podman 4.3.1' }) },
  {
    name: 'another image of the same name',
    code: 'image-differs',
    on: (host, _, { deployment }) => docker(host, { images: { [deployment.image]: 'sha256:other' } }),
  },
  {
    name: 'no image',
    code: 'image-absent',
    on: (host, _, { deployment }) => docker(host, { images: { [deployment.image]: null } }),
  },
  {
    name: 'an image without the engine',
    code: 'engine-absent',
    on: (host) => ({
      ...host,
      dialect: { from: 'sha256:image', state: 'absent', problem: 'pd_run.sh does not exist', accepts: null },
    }),
  },
  {
    name: 'no model',
    code: 'model-absent',
    on: (host) => ({ ...host, paths: { '/data/models/r1': { exists: false, kind: null } } }),
  },
  {
    name: 'a model of links out of it',
    code: 'model-link',
    on: (host) => ({
      ...host,
      trees: {
        '/data/models/r1': { links: { '/data/models/r1/a': '/nfs/a' }, broken: [], unreadable: [], closed: [] },
      },
    }),
  },
  {
    name: 'a model that root can not read',
    code: 'model-unreadable',
    on: (host) => ({
      ...host,
      trees: { '/data/models/r1': { links: {}, broken: [], unreadable: ['/data/models/r1/a'], closed: [] } },
    }),
  },
  {
    name: 'a model in a folder that may not be searched',
    code: 'model-hidden',
    on: (host) => ({ ...host, paths: { '/data/models/r1': { exists: true, kind: null, hiddenBy: '/data/models' } } }),
  },
  {
    name: 'a folder in place of a file of the driver',
    code: 'mount-absent',
    on: (host) => ({ ...host, paths: { ...host.paths, '/usr/bin/hccn_tool': { exists: true, kind: 'folder' } } }),
  },
  {
    name: 'a driver that is not loaded',
    code: 'device-absent',
    on: (host) => ({ ...host, paths: { ...host.paths, '/dev/davinci_manager': { exists: false, kind: null } } }),
  },
  {
    name: 'another model index',
    code: 'model-differs',
    on: (host) => ({
      ...host,
      digests: { ...host.digests, '/data/models/r1/model.safetensors.index.json': 'a'.repeat(64) },
    }),
  },
  {
    name: 'another model config',
    code: 'model-differs',
    on: (host) => ({ ...host, texts: { ...host.texts, '/data/models/r1/config.json': '{"num_hidden_layers":61}' } }),
  },
  { name: 'a full disk for state', code: 'disk-low', on: (host) => free(host, '/var/lib/omniplace') },
  { name: 'a full disk for logs', code: 'disk-low', on: (host) => free(host, '/data/log') },
  { name: "a full disk of docker's", code: 'disk-low', on: (host) => free(host, '/var/lib/docker') },
  { name: 'a read-only disk', code: 'disk-read-only', on: (host) => machine(host, { unwritable: ['/data/log'] }) },
  { name: 'less memory than shm', code: 'memory-low', on: (host) => machine(host, { memoryBytes: 2e11 }) },
  {
    name: 'memory that somebody holds',
    code: 'memory-low',
    on: (host) => machine(nothingRuns(host), { availableBytes: 1e10 }),
  },
  { name: 'less memory than its instance', code: 'memory-differs', on: (host) => machine(host, { memoryBytes: 1e12 }) },
  {
    name: "somebody's container on a die",
    code: 'dies-held',
    on: (host) => docker(host, { containers: [...host.docker.containers, foreign({ dies: [3] })] }),
  },
  {
    name: 'a container of our name',
    code: 'foreign-container',
    on: (host, _, { desired }) => {
      const node = Object.values(desired.nodes).find((candidate) => candidate.host === host.address)!;
      return docker(host, { containers: [foreign({ name: node.container.name })] });
    },
  },
  {
    name: 'a leftover process on a die',
    code: 'dies-held',
    on: (host) => machine(host, { dieProcesses: [{ die: 2, pid: 4711, name: 'python3', container: null }] }),
  },
  {
    name: 'a die that the driver lost',
    code: 'die-absent',
    on: (host) => machine(host, { dieNodes: host.machine.dieNodes.filter((die) => die !== 1) }),
  },
  {
    name: 'a die in parts',
    code: 'die-split',
    on: (host) => machine(host, { dieStates: [{ die: 2, isSplit: true, totalMib: null, usedMib: null }] }),
  },
  {
    name: 'a die whose memory is held',
    code: 'die-memory',
    on: (host) => machine(host, { dieStates: [{ die: 2, isSplit: false, totalMib: 81_920, usedMib: 61_440 }] }),
  },
  {
    name: "another die's address",
    code: 'device-ip-duplicate',
    on: (host, other) => ({ ...host, deviceIps: { ...host.deviceIps, 0: other.deviceIps[0]! } }),
  },
  {
    name: 'an address of a die that is not the one of its file',
    code: 'device-ip-differs',
    on: (host) => machine(host, { dieAddresses: { live: { ...host.deviceIps }, configured: { 0: '192.168.1.100' } } }),
  },
  {
    name: 'addresses of dies that only their file has',
    code: 'device-ip-assumed',
    on: (host) => machine(host, { dieAddresses: { live: {}, configured: { ...host.deviceIps } } }),
  },
  {
    name: 'a die without an address',
    code: 'fact-missing',
    on: (host) => {
      const { 0: _, ...deviceIps } = host.deviceIps;
      return { ...host, deviceIps };
    },
  },
  {
    name: 'a taken port',
    code: 'port-taken',
    on: (host) => ({ ...nothingRuns(host), listening: [{ port: 9102, pid: 4711 }] }),
  },
  {
    name: 'a taken port for handing over caches',
    code: 'port-taken',
    on: (host) => ({ ...host, listening: [...host.listening, { port: 5570, pid: 4711 }] }),
  },
  {
    name: 'a port that a connection holds',
    code: 'port-taken',
    on: (host) => machine(nothingRuns(host), { connectedPorts: [9101] }),
  },
  {
    name: 'ports that the kernel gives away',
    code: 'port-outgoing',
    on: (host) => machine(host, { outgoingPorts: { from: 1024, to: 65_535, reserved: '5568,8000-8999' } }),
  },
  { name: 'another driver', code: 'driver-differs', on: (host) => software(host, { driver: '23.0.6' }) },
  { name: 'another firmware', code: 'driver-differs', on: (host) => software(host, { firmware: '7.1.0.1' }) },
  { name: 'another CANN', code: 'driver-differs', on: (host) => software(host, { cann: '7.0.0' }) },
  { name: 'another kind of machine', code: 'arch-differs', on: (host) => ({ ...host, arch: 'aarch64' }) },
  {
    name: 'another interface',
    code: 'interface-differs',
    on: (host) =>
      machine(
        { ...host, interfaceName: 'bond1' },
        {
          interfaces: [{ name: 'bond1', addresses: [host.address], mtu: 1500 }],
        },
      ),
  },
  {
    name: 'another MTU',
    code: 'mtu-differs',
    on: (host) => machine(host, { interfaces: [{ name: 'eth0', addresses: [host.address], mtu: 9000 }] }),
  },
  {
    name: 'an address that is not its own',
    code: 'address-elsewhere',
    on: (host) => machine(host, { interfaces: [{ name: 'eth0', addresses: ['192.168.7.7'], mtu: 1500 }] }),
  },
  {
    name: "another host's name",
    code: 'hostname-duplicate',
    on: (host, other) => ({ ...host, hostname: other.hostname }),
  },
  {
    name: 'a clock that is behind',
    code: 'clock-apart',
    on: (host) => ({ ...host, clock: { ...host.clock, aheadMs: -3_600_000 } }),
  },
  {
    name: 'no sha256sum',
    code: 'no-sha256sum',
    on: (host) => ({ ...host, tools: { ...host.tools, sha256sum: false } }),
  },
];
