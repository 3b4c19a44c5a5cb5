import type { ServerNode } from '../../../topology/topology.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { type OmniRoleSettings, omniRoleSettings } from '../settings.ts';
import { firstDieOfServers } from './apiServersArgs.ts';
import { connectorConfig, hasProducerSizes } from './connectorConfig.ts';
import { engineArgs } from './engineArgs.ts';
import { BACKEND_FLAG, MTP_FLAG, PP_FLAG, SHARED_FLAGS } from './launcherFlags.ts';
import { modelPathOf } from './modelPathOf.ts';
import { mtpTokens } from './mtpTokens.ts';
import { flagOfVariable } from './pdRunVariables.ts';
import { executorBackend } from './rayCommands.ts';
import type { EngineValues } from './serverEnv.ts';
import type { ServerScriptInput } from './serverScriptInput.ts';

type Args = readonly (readonly [flag: string, value: string])[];

/** Arguments of pd_run.sh that carry what follows from the file, each with the key; `env` can't set them. */
export const OWN_FLAGS: ReadonlyMap<string, string> = new Map([
  ['--global-rank-table-path', 'hosts'],
  ['--rank-table-path', 'hosts'],
  ['--local-decode-server-ip-list', 'hosts'],
  ['--global-decode-server-ip-list', 'hosts'],
  ['--prefill-pod-num', 'deployment.prefill'],
  ['--decode-pod-num', 'deployment.decode'],
  ...SHARED_FLAGS,
  ['--role', 'deployment'],
  ['--kv-role', 'deployment'],
  ['--ascend-rt-visible-devices', 'ascend_rt_visible_devices'],
  ['--kv-rank', 'deployment'],
  ['--kv-engine-id', 'deployment'],
  ['--kv-parallel-size', 'deployment'],
]);

/** pd_run.sh's arguments, in the order of OmniInfer's playbook: those that the dialect has. */
export function pdRunArgs(input: ServerScriptInput, values: EngineValues): Args {
  const known = input.dialect.flags['pd_run.sh'] ?? [];
  const own = neededArgs(input, values).filter(([flag]) => known.includes(flag));
  const given = new Set(own.map(([flag]) => flag));
  return [...own, ...envArgs(input.node, input.dialect).filter(([flag]) => !given.has(flag))];
}

/** What `env` sets and pd_run.sh would set otherwise. */
function envArgs({ settings }: ServerNode, dialect: Dialect): Args {
  return Object.entries(settings.env).flatMap(([name, value]) => {
    const flag = flagOfVariable(dialect, name);
    return flag === null ? [] : [[flag, value] as const];
  });
}

function neededArgs(input: ServerScriptInput, values: EngineValues): Args {
  const { node, deployment, topology, dialect, additionalConfig, extraConfigPath } = input;
  const isPrefill = node.role === 'prefill';
  const { settings } = node;
  const known = dialect.flags['pd_run.sh'] ?? [];
  const own = omniRoleSettings(settings);
  const { env } = settings;
  return [
    ['--global-rank-table-path', values.globalRankTable],
    ['--rank-table-path', values.rankTable],
    ['--local-decode-server-ip-list', values.ownDecodeServers],
    ['--global-decode-server-ip-list', values.decodeServers],
    ['--prefill-pod-num', String(topology.numPrefill)],
    ['--decode-pod-num', values.numDecode],
    ['--vllm-llmdatadist-zmq-port', values.zmqPort],
    ['--gloo-socket-ifname', env.GLOO_SOCKET_IFNAME ?? values.interfaceName],
    ['--tp-socket-ifname', env.TP_SOCKET_IFNAME ?? values.interfaceName],
    ...(isPrefill && node.numServers === 1 ? [] : serverCounts(node)),
    ['--model-path', modelPathOf(node, deployment)],
    ['--master-ip', node.masterAddress],
    ['--master-port', String(node.masterPort)],
    ['--base-api-port', String(node.baseApiPort)],
    ['--role', node.role],
    ['--kv-role', node.kv!.role],
    ['--max-model-len', String(settings.maxModelLen)],
    ['--tp', String(node.tensorParallelSize)],
    ...optional(PP_FLAG, node.pipelineParallelSize === 1 ? null : String(node.pipelineParallelSize)),
    ...optional('--pp-layer-partition', own.ppLayerPartition),
    ...optional(BACKEND_FLAG, executorBackend(node)),
    ...optional('--ascend-rt-visible-devices', isPrefill ? node.dies.join(',') : null),
    ['--kv-rank', String(node.kv!.rank)],
    ['--kv-engine-id', String(node.kv!.rank)],
    ['--kv-parallel-size', String(node.kv!.parallelSize)],
    ...optional(
      '--kv-transfer-config',
      hasOwnConnector(own) || hasProducerSizes(deployment) ? JSON.stringify(connectorConfig(node, deployment)) : null,
    ),
    // pd_run.sh's own default needs no argument
    ...optional(MTP_FLAG, mtpTokens(own) === 1 ? null : String(mtpTokens(own))),
    ...rayPorts(own),
    ...optional('--model-extra-cfg-path', extraConfigPath),
    ['--gpu-util', String(settings.gpuUtil)],
    ...optional('--additional-config', additionalConfig === null ? null : JSON.stringify(additionalConfig)),
    ...optional('--served-model-name', deployment.servedModelName === 'deepseek' ? null : deployment.servedModelName),
    ['--vllm-enable-mc2', values.enableMc2],
    ['--extra-args', engineArgs(node, { backend: known.includes(BACKEND_FLAG), blockSize: false, flags: [] })],
    ['--hccl-buffsize', values.hcclBufferSize],
    ['--hccl-op-expansion-mode', values.hcclExpansionMode],
    ['--log-dir', values.logFolder],
  ];
}

function serverCounts(node: ServerNode): Args {
  return [
    ['--num-servers', String(node.numServers)],
    ['--num-dp', String(node.dataParallelSize)],
    ['--server-offset', String(firstDieOfServers(node))],
  ];
}

function rayPorts({ rayPort, rayMinWorkerPort: min, rayMaxWorkerPort: max }: OmniRoleSettings): Args {
  const text = (port: number | null) => (port === null ? null : String(port));
  return [
    ...optional('--ray-port', text(rayPort)),
    ...optional('--ray-min-worker-port', text(min)),
    ...optional('--ray-max-worker-port', text(max)),
  ];
}

function hasOwnConnector({ kvTransferConfig: written }: OmniRoleSettings): boolean {
  return Object.keys(written).length > 0;
}

function optional(flag: string, value: string | null): Args {
  return value === null ? [] : [[flag, value]];
}
