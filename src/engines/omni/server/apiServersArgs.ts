import type { ServerNode } from '../../../topology/topology.ts';
import { omniRoleSettings } from '../settings.ts';
import { connectorConfig } from './connectorConfig.ts';
import { engineArgs } from './engineArgs.ts';
import { BACKEND_FLAG, DEFAULT_BLOCK_SIZE, PP_FLAG, SHARED_FLAGS } from './launcherFlags.ts';
import { modelPathOf } from './modelPathOf.ts';
import { mtpTokens } from './mtpTokens.ts';
import { ownArguments } from './ownArguments.ts';
import { executorBackend } from './rayCommands.ts';
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
  const { node, deployment, dialect, additionalConfig } = input;
  const { settings } = node;
  const own = omniRoleSettings(settings);
  const backend = executorBackend(node);
  const flags = dialect.flags['start_api_servers.py'] ?? [];
  const hasBackendFlag = flags.includes(BACKEND_FLAG);
  return [
    ['--num-servers', String(node.numServers)],
    ['--num-dp', String(node.dataParallelSize)],
    ['--server-offset', String(dialect.offsetCountsServers ? node.serverOffset : firstDieOfServers(node))],
    ['--model-path', modelPathOf(node, deployment)],
    ['--master-ip', node.masterAddress],
    ['--master-port', String(node.masterPort)],
    ['--base-api-port', String(node.baseApiPort)],
    ['--tp', String(node.tensorParallelSize)],
    ...(node.pipelineParallelSize === 1 ? [] : [[PP_FLAG, String(node.pipelineParallelSize)] as const]),
    ...(hasBackendFlag && backend !== null ? [[BACKEND_FLAG, backend] as const] : []),
    ['--served-model-name', deployment.servedModelName],
    ['--max-model-len', String(settings.maxModelLen)],
    ['--gpu-util', String(settings.gpuUtil)],
    ...(own.blockSize === DEFAULT_BLOCK_SIZE ? [] : [['--block-size', String(own.blockSize)] as const]),
    ['--kv-transfer-config', JSON.stringify(connectorConfig(node, deployment))],
    ...(additionalConfig === null ? [] : ([['--additional-config', JSON.stringify(additionalConfig)]] as const)),
    ...mtpArgs(mtpTokens(own)),
    ...ownArguments(own.arguments).flatMap(({ flag, value }) => (flags.includes(flag) ? [[flag, value] as const] : [])),
    ['--extra-args', engineArgs(node, { backend: hasBackendFlag, blockSize: true, flags })],
    ['--log-dir', values.logFolder],
  ];
}

/** What workers take off the number of their die; --server-offset too, but in the first versions. */
export function firstDieOfServers({ serverOffset, tensorParallelSize }: ServerNode): number {
  return serverOffset * tensorParallelSize;
}

function mtpArgs(numTokens: number): Args {
  if (numTokens === 0) return [];
  return [
    ['--enable-mtp', null],
    ['--num-speculative-tokens', String(numTokens)],
  ];
}
