import type { Deployment, Group } from '../../../deployment/deployment.ts';
import type { HostLayout, InstanceLayout, KvLayout, Part } from '../../../topology/layout.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';

const DECODE_TENSOR_PARALLEL = 1;

const KV_ROLES = { prefill: 'kv_producer', decode: 'kv_consumer' } as const;

/**
 * A prefill or mixed instance is one tensor-parallel server over all its dies, whose API server is on the first host. In a
 * decode instance each die is a data-parallel rank with an API server of its own.
 */
export function instanceLayout(group: Group, deployment: Deployment): InstanceLayout {
  const numDies = sum(group.hosts.map(({ dies }) => dies.length));
  const isDecode = group.role === 'decode';
  return {
    tensorParallel: isDecode
      ? reasoned(DECODE_TENSOR_PARALLEL, 'each decode die serves alone')
      : reasoned(numDies, tensorReason(group)),
    dataParallel: isDecode
      ? reasoned(numDies, `one rank per die of the instance: ${dieSum(group)}`)
      : reasoned(1, group.role === 'mixed' ? 'a mixed server is one server' : 'a prefill instance is one server'),
    pipelineParallel: reasoned(1, 'OmniInfer has no stages'),
    expertParallel: numDies,
    kv: kvLayout(group, deployment),
    hosts: group.hosts.map((_, nodeRank) => hostLayout(group, nodeRank)),
  };
}

function tensorReason(group: Group): string {
  const dies = dieSum(group);
  return group.role === 'mixed'
    ? `a mixed server is one tensor-parallel server: ${dies}`
    : `a prefill instance is one tensor-parallel server over all its dies: ${dies}`;
}

function hostLayout(group: Group, nodeRank: number): HostLayout {
  const path = `deployment.${group.role}.${group.name}`;
  const isDecode = group.role === 'decode';
  const isMaster = nodeRank === 0;
  const earlier = nodeRank === 1 ? `host of ${path}` : `${nodeRank} hosts of ${path}`;
  const numEarlier = sum(group.hosts.slice(0, nodeRank).map(({ dies }) => dies.length));
  const servers = isMaster ? "the master's servers come first" : `API servers on the earlier ${earlier}`;
  return {
    part: partOf(isMaster, isDecode),
    rankOffset: reasoned(numEarlier, isMaster ? "the master's first die is rank 0" : `dies of the earlier ${earlier}`),
    numServers: numServers(group, nodeRank),
    serverOffset: isDecode ? reasoned(numEarlier, servers) : reasoned(0, 'a prefill instance has one API server'),
  };
}

function partOf(isMaster: boolean, isDecode: boolean): Part {
  if (isMaster) return 'master';
  return isDecode ? 'peer' : 'worker';
}

function numServers({ role, hosts }: Group, nodeRank: number): Reasoned<number> {
  if (role === 'decode') return reasoned(hosts[nodeRank]!.dies.length, 'one API server per die of the host');
  return nodeRank === 0
    ? reasoned(1, 'one API server before the whole instance')
    : reasoned(0, "the master's API server speaks for this host");
}

/** Decode group i follows the P prefill instances: kv_rank P + i. */
function kvLayout({ role, ordinal }: Group, { prefill }: Deployment): KvLayout | null {
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
      DECODE_TENSOR_PARALLEL,
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
