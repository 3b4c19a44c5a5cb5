import type { Group } from '../../../deployment/deployment.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import { STAGED_CONNECTOR } from '../kv/connectors.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';
import { instanceSettings } from './instanceSettings.ts';

/** How an instance's devices are shared out. */
export interface ParallelSizes {
  readonly tensor: Reasoned<number>;
  readonly pipeline: Reasoned<number>;
  readonly data: Reasoned<number>;
  /** Its one rank reaches over several hosts: they meet as nodes, not as ranks. */
  readonly spansHosts: boolean;
  /** Data-parallel ranks of each host, in the group's order. */
  readonly ranksOf: readonly number[];
  /** Why the devices can't be shared out so; null: they can. */
  readonly problem: string | null;
}

/** Sizes as the file has them; one that it does not have follows from hosts and devices. */
export function parallelSizes(group: Group): ParallelSizes {
  const counts = group.hosts.map(({ dies }) => dies.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const pipeline = pipelineOf(group, counts);
  const tensor = tensorOf(group, counts, pipeline.value);
  const data = dataOf(group, total, tensor.value * pipeline.value);
  const perRank = tensor.value * pipeline.value;
  const spansHosts = counts.length > 1 && counts.some((count) => count % perRank !== 0);
  return {
    tensor,
    pipeline,
    data,
    spansHosts,
    ranksOf: counts.map((count, i) => (spansHosts ? (i === 0 ? data.value : 0) : Math.floor(count / perRank))),
    problem: problemOf({ counts, total, perRank, spansHosts }, [tensor.value, pipeline.value, data.value]),
  };
}

function pipelineOf(group: Group, counts: readonly number[]): Reasoned<number> {
  const { pipelineParallelSize, tensorParallelSize, dataParallelSize, enableExpertParallel, kvConnector } =
    vllmRoleSettings(instanceSettings(group));
  const { hosts, role } = group;
  if (pipelineParallelSize !== null) return given(pipelineParallelSize, 'pipeline_parallel_size');
  const isFree = tensorParallelSize === null && dataParallelSize === null && !enableExpertParallel;
  const areEqual = counts.every((count) => count === counts[0]);
  const isStaged = role === 'mixed' || kvConnector === STAGED_CONNECTOR;
  if (hosts.length > 1 && isFree && areEqual && !isStaged)
    return reasoned(1, `${kvConnector} does not hand over the caches of several stages`);
  if (hosts.length > 1 && isFree && areEqual) return reasoned(hosts.length, 'one stage of layers per host');
  return reasoned(1, 'all layers are in one stage unless pipeline_parallel_size is given');
}

function tensorOf(group: Group, counts: readonly number[], pipeline: number): Reasoned<number> {
  const { tensorParallelSize, dataParallelSize, enableExpertParallel } = vllmRoleSettings(instanceSettings(group));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (tensorParallelSize !== null) return given(tensorParallelSize, 'tensor_parallel_size');
  if (dataParallelSize !== null) {
    const shared = Math.max(1, Math.floor(total / (dataParallelSize * pipeline)));
    return reasoned(shared, `${total} devices / data_parallel_size ${dataParallelSize}${stages(pipeline)}`);
  }
  if (counts.length > 1 && enableExpertParallel)
    return reasoned(1, 'experts are spread over hosts: each device is a rank');
  const where = counts.length === 1 ? 'the devices of its one host' : `${counts.join(' + ')} devices`;
  return reasoned(Math.max(1, Math.floor(total / pipeline)), `${where}${stages(pipeline)}`);
}

function dataOf(group: Group, total: number, perRank: number): Reasoned<number> {
  const { dataParallelSize } = vllmRoleSettings(instanceSettings(group));
  if (dataParallelSize !== null) return given(dataParallelSize, 'data_parallel_size');
  return reasoned(Math.max(1, Math.floor(total / perRank)), `${total} devices / ${perRank} of each rank`);
}

interface Counted {
  readonly counts: readonly number[];
  readonly total: number;
  readonly perRank: number;
  readonly spansHosts: boolean;
}

function problemOf({ counts, total, perRank, spansHosts }: Counted, sizes: readonly number[]): string | null {
  const [tensor, pipeline, data] = sizes as [number, number, number];
  const asked = perRank * data;
  const product = `tensor ${tensor} × pipeline ${pipeline} × data ${data}`;
  if (asked !== total) return `${product} is ${asked}, and its hosts have ${total} devices`;
  if (!spansHosts) return null;
  if (data > 1) return `a rank has ${perRank} devices, and ${counts.join(' + ')} can't be divided into such ranks`;
  if (counts.some((count) => count !== counts[0])) {
    return `one rank over several hosts needs as many devices on each, and they have ${counts.join(', ')}`;
  }
  return null;
}

function stages(pipeline: number): string {
  return pipeline > 1 ? ` / ${pipeline} stages` : '';
}

function given(value: number, key: string): Reasoned<number> {
  return reasoned(value, `${key} of the role or group`);
}

function reasoned(value: number, because: string): Reasoned<number> {
  return { value, because };
}
