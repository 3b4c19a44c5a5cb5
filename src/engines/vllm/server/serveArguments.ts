import type { Deployment, JsonObject } from '../../../deployment/deployment.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { kvTransferConfig } from '../kv/kvTransfer.ts';
import { type ServerPlace, serverPlace } from '../layout/serverPlace.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';

/** A flag and its values. */
type Words = readonly string[];

/**
 * Arguments of `vllm serve` on a node.
 * @param server which of the node's servers; the ranks without one have the arguments of server 0
 */
export function serveArguments(
  node: ServerNode,
  server: number,
  deployment: Deployment,
  topology: Topology,
): readonly Words[] {
  const place = serverPlace(node, topology);
  const { settings } = node;
  return [
    [deployment.modelPath],
    ['--served-model-name', deployment.servedModelName],
    ...apiWords(node, server),
    ...parallelWords(node, server, place),
    ...expertWords(node),
    ['--max-model-len', String(settings.maxModelLen)],
    ...(settings.maxNumSeqs === null ? [] : [['--max-num-seqs', String(settings.maxNumSeqs)]]),
    ...(settings.maxNumBatchedTokens === null
      ? []
      : [['--max-num-batched-tokens', String(settings.maxNumBatchedTokens)]]),
    ['--gpu-memory-utilization', String(settings.gpuUtil)],
    ...jsonWords(node),
    ['--shutdown-timeout', String(vllmRoleSettings(settings).shutdownTimeoutS)],
    ...(settings.extraArgs.length === 0 ? [] : [settings.extraArgs]),
  ];
}

function apiWords(node: ServerNode, server: number): readonly Words[] {
  if (node.part === 'headless') return [['--headless']];
  const { apiServerCount } = vllmRoleSettings(node.settings);
  return [
    ['--host', '0.0.0.0'],
    ['--port', String(node.baseApiPort + server)],
    ...(apiServerCount === null ? [] : [['--api-server-count', String(apiServerCount)]]),
  ];
}

function parallelWords(node: ServerNode, server: number, place: ServerPlace): readonly Words[] {
  const stages = node.pipelineParallelSize;
  return [
    ['--tensor-parallel-size', String(node.tensorParallelSize)],
    ...(stages > 1 ? [['--pipeline-parallel-size', String(stages)]] : []),
    ...(place.spansHosts ? nodeWords(node, place) : rankWords(node, server, place)),
  ];
}

/** One rank over all hosts of the instance. */
function nodeWords(node: ServerNode, { numHosts }: ServerPlace): readonly Words[] {
  return [
    // the other one, ray, would have to be started on each host before
    ['--distributed-executor-backend', 'mp'],
    ['--nnodes', String(numHosts)],
    ['--node-rank', String(node.nodeRank)],
    ['--master-addr', node.masterAddress],
    ['--master-port', String(node.masterPort)],
  ];
}

function rankWords(node: ServerNode, server: number, place: ServerPlace): readonly Words[] {
  const { dataParallelSize } = node;
  if (dataParallelSize === 1) return [];
  const size = ['--data-parallel-size', String(dataParallelSize)];
  const meeting = [
    ['--data-parallel-address', node.masterAddress],
    ['--data-parallel-rpc-port', String(node.masterPort)],
  ];
  const local = ['--data-parallel-size-local', String(place.localRanks)];
  const start = ['--data-parallel-start-rank', String(place.startRank)];
  switch (place.mode) {
    case 'external':
      return [size, ['--data-parallel-rank', String(place.startRank + server)], ...meeting];
    case 'hybrid':
      return [size, local, start, ['--data-parallel-hybrid-lb'], ...meeting];
    default:
      if (place.numHosts === 1) return [size];
      // a start rank on a server with an API would turn hybrid load balancing on
      return node.part === 'headless' ? [size, local, start, ...meeting] : [size, local, ...meeting];
  }
}

function expertWords({ settings }: ServerNode): readonly Words[] {
  const { enableExpertParallel, all2allBackend, enableEplb, eplbConfig } = vllmRoleSettings(settings);
  return [
    ...(enableExpertParallel ? [['--enable-expert-parallel']] : []),
    ...(all2allBackend === null ? [] : [['--all2all-backend', all2allBackend]]),
    ...(enableEplb ? [['--enable-eplb']] : []),
    ...json('--eplb-config', eplbConfig),
  ];
}

function jsonWords(node: ServerNode): readonly Words[] {
  const { compilationConfig, speculativeConfig } = vllmRoleSettings(node.settings);
  return [
    ...json('--compilation-config', compilationConfig),
    ...json('--speculative-config', speculativeConfig),
    ...json('--kv-transfer-config', kvTransferConfig(node)),
  ];
}

function json(flag: string, value: JsonObject | null): readonly Words[] {
  return value === null || Object.keys(value).length === 0 ? [] : [[flag, JSON.stringify(value)]];
}
