import { engineArgs } from './engineArgs.ts';
import { BACKEND_FLAG, SHARED_FLAGS } from './launcherFlags.ts';
import { isOverRay } from './rayCommands.ts';
import type { EngineValues } from './serverEnv.ts';
import type { ServerScriptInput } from './serverScriptInput.ts';

type Args = readonly (readonly [flag: string, value: string | null])[];

/** Arguments of start_api_servers.py that carry what the file describes, each with the key. */
export const API_SERVERS_FLAGS: ReadonlyMap<string, string> = new Map([
  ...SHARED_FLAGS,
  ['--kv-transfer-config', 'deployment'],
  ['--enable-mtp', 'deployment'],
  ['--num-speculative-tokens', 'deployment'],
]);

/** start_api_servers.py's arguments, as omni_cli gives them. */
export function apiServersArgs(input: ServerScriptInput, values: EngineValues): Args {
  const { node, deployment, topology, dialect, additionalConfig } = input;
  const { settings } = node;
  const numHosts = topology.instances[node.instance]!.nodes.length;
  const known = dialect.flags['start_api_servers.py'] ?? [];
  const hasBackendFlag = known.includes(BACKEND_FLAG);
  return [
    // a prefill instance is one server on its first host
    ['--num-servers', String(node.numServers)],
    ['--num-dp', String(node.dataParallelSize)],
    ['--server-offset', String(node.serverOffset)],
    ['--model-path', deployment.modelPath],
    ['--master-ip', node.masterAddress],
    ['--master-port', String(node.masterPort)],
    ['--base-api-port', String(node.baseApiPort)],
    ['--tp', String(node.tensorParallelSize)],
    ...(hasBackendFlag && isOverRay(node, numHosts) ? ([[BACKEND_FLAG, 'ray']] as const) : []),
    ['--served-model-name', deployment.servedModelName],
    ['--max-model-len', String(settings.maxModelLen)],
    ['--gpu-util', String(settings.gpuUtil)],
    ['--kv-transfer-config', JSON.stringify(kvTransferConfig(input))],
    ...(additionalConfig === null ? [] : ([['--additional-config', JSON.stringify(additionalConfig)]] as const)),
    // MTP with one token, as pd_run.sh starts servers
    ['--enable-mtp', null],
    ['--num-speculative-tokens', '1'],
    ['--extra-args', engineArgs(node, numHosts, hasBackendFlag)],
    ['--log-dir', values.logFolder],
  ];
}

/** What pd_run.sh makes of its `--kv-` arguments. */
function kvTransferConfig({ node }: ServerScriptInput) {
  const { role, rank, parallelSize } = node.kv!;
  return {
    kv_connector: 'AscendHcclConnectorV1',
    kv_buffer_device: 'npu',
    kv_role: role,
    kv_rank: rank,
    engine_id: rank,
    kv_parallel_size: parallelSize,
  };
}
