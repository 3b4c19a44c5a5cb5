import type { Deployment, Group } from '../../../deployment/deployment.ts';
import type { HostLayout, InstanceLayout, KvLayout } from '../../../topology/layout.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import { omniRoleSettings } from '../settings.ts';

const KV_ROLES = { prefill: 'kv_producer', decode: 'kv_consumer' } as const;

/**
 * Unless `tp` is set, a prefill or mixed instance is one tensor-parallel server over all its dies, and in a decode instance
 * each die is a data-parallel rank with an API server of its own. A server over several hosts has its API on the first.
 */
export function instanceLayout(group: Group, deployment: Deployment): InstanceLayout {
  const numDies = sum(group.hosts.map(({ dies }) => dies.length));
  const shape = serverShape(group);
  const { pp } = omniRoleSettings(group.settings);
  return {
    tensorParallel: tensorParallel(group, shape),
    dataParallel: dataParallel(group, shape),
    pipelineParallel: reasoned(shape.pp, pp === 1 ? 'no `pp` is set: one stage' : 'pp'),
    expertParallel: numDies,
    kv: kvLayout(group, deployment),
    hosts: group.hosts.map((_, nodeRank) => hostLayout(group, shape, nodeRank)),
  };
}

/** Dies of one server. */
export interface ServerShape {
  readonly tp: number;
  readonly pp: number;
  /** One server over all hosts. */
  readonly spansHosts: boolean;
}

export function serverShape({ role, hosts, settings }: Group): ServerShape {
  const { tp, pp, numServers: number } = omniRoleSettings(settings);
  const onHost = hosts[0]!.dies.length;
  const numDies = sum(hosts.map(({ dies }) => dies.length));
  const shared = number === null ? null : Math.max(1, Math.floor(onHost / (number * pp)));
  const size = tp ?? shared ?? (role === 'decode' ? 1 : Math.max(1, Math.floor(numDies / pp)));
  return { tp: size, pp, spansHosts: size * pp > onHost };
}

/** What a decode server has to know of the servers whose caches it takes; `validate` refuses groups of other sizes. */
export function producerSizes({ prefill }: Pick<Deployment, 'prefill'>): { readonly dp: number; readonly pp: number } {
  const [group] = prefill;
  if (group === undefined) return { dp: 1, pp: 1 };
  const shape = serverShape(group);
  return { dp: dataParallel(group, shape).value, pp: shape.pp };
}

function tensorParallel(group: Group, { tp }: ServerShape): Reasoned<number> {
  if (omniRoleSettings(group.settings).tp !== null) return reasoned(tp, `tp of ${group.role} ${group.name}`);
  const { numServers: number } = omniRoleSettings(group.settings);
  if (number !== null) return reasoned(tp, `the dies of a host, shared by num_servers of ${group.role} ${group.name}`);
  if (group.role === 'decode') return reasoned(tp, 'each decode die serves alone');
  return reasoned(tp, tensorReason(group));
}

function tensorReason(group: Group): string {
  const dies = dieSum(group);
  return group.role === 'mixed'
    ? `a mixed server is one tensor-parallel server: ${dies}`
    : `a prefill instance is one tensor-parallel server over all its dies: ${dies}`;
}

function dataParallel(group: Group, shape: ServerShape): Reasoned<number> {
  const { role, hosts } = group;
  const numRanks = shape.spansHosts ? 1 : sum(hosts.map((host) => serversOn(host.dies.length, shape)));
  const isPlain = shape.tp * shape.pp === 1;
  if (role === 'decode' && isPlain) return reasoned(numRanks, `one rank per die of the instance: ${dieSum(group)}`);
  if (numRanks > 1)
    return reasoned(numRanks, `one rank per ${shape.tp * shape.pp} dies of the instance: ${dieSum(group)}`);
  return reasoned(1, role === 'decode' ? 'the instance is one server' : `a ${role} instance is one server`);
}

function serversOn(numDies: number, { tp, pp }: ServerShape): number {
  return Math.floor(numDies / (tp * pp));
}

function hostLayout(group: Group, shape: ServerShape, nodeRank: number): HostLayout {
  const path = `deployment.${group.role}.${group.name}`;
  const isMaster = nodeRank === 0;
  const earlier = nodeRank === 1 ? `host of ${path}` : `${nodeRank} hosts of ${path}`;
  const before = group.hosts.slice(0, nodeRank);
  const numEarlier = sum(before.map(({ dies }) => dies.length));
  const servers = isMaster ? "the master's servers come first" : `API servers on the earlier ${earlier}`;
  const isOne = shape.spansHosts || group.role === 'mixed';
  return {
    part: isMaster ? 'master' : isOne ? 'worker' : 'peer',
    rankOffset: reasoned(numEarlier, isMaster ? "the master's first die is rank 0" : `dies of the earlier ${earlier}`),
    numServers: numServers(group, shape, nodeRank),
    serverOffset: isOne
      ? reasoned(0, `a ${group.role} instance has one API server`)
      : reasoned(sum(before.map(({ dies }) => serversOn(dies.length, shape))), servers),
  };
}

function numServers(group: Group, shape: ServerShape, nodeRank: number): Reasoned<number> {
  const { role, hosts } = group;
  const numDies = hosts[nodeRank]!.dies.length;
  if (!shape.spansHosts && role !== 'mixed') {
    const size = shape.tp * shape.pp;
    if (role === 'prefill' && size === numDies) return reasoned(1, 'one API server before the whole instance');
    return reasoned(serversOn(numDies, shape), `one API server per ${size === 1 ? 'die' : `${size} dies`} of the host`);
  }
  return nodeRank === 0
    ? reasoned(1, 'one API server before the whole instance')
    : reasoned(0, "the master's API server speaks for this host");
}

/** Decode group i follows the P prefill instances: kv_rank P + i. */
function kvLayout({ role, ordinal }: Group, { prefill, decode }: Deployment): KvLayout | null {
  if (role === 'mixed') return null;
  const isPrefill = role === 'prefill';
  const numPrefill = prefill.length;
  const because = isPrefill
    ? `prefill instance ${ordinal} of ${numPrefill}, counted from 0`
    : `decode instance ${ordinal}, counted from 0, after ${numPrefill} prefill instance${numPrefill === 1 ? '' : 's'}`;
  return {
    role: reasoned(KV_ROLES[role], `${isPrefill ? 'prefill produces' : 'decode consumes'} the key-value cache`),
    rank: reasoned(isPrefill ? ordinal : numPrefill + ordinal, because),
    // in the code of every version, whatever its scripts' help calls it
    parallelSize: reasoned(
      serverShape(decode[0]!).tp,
      'tensor parallel size of the decode servers, as the connector reads it',
    ),
  };
}

/** `4 + 4`, or `4 on its one host` */
function dieSum({ hosts }: Group): string {
  const counts = hosts.map(({ dies }) => dies.length);
  return counts.length === 1 ? `${counts[0]} on its one host` : counts.join(' + ');
}

function reasoned<V extends string | number>(value: V, because: string): Reasoned<V> {
  return { value, because };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
