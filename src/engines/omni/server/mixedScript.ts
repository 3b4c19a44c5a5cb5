import mixedTemplate from '../../../../templates/run_mixed.sh.eta';
import { acceleratorOf } from '../../../accelerators/index.ts';
import type { Deployment } from '../../../deployment/deployment.ts';
import { fillTemplate } from '../../../rendering/template.ts';
import { quote, quoteWord } from '../../../shell/quote.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { extraConfigEnv } from '../artifacts/extraConfig.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { IMAGE_ENV } from '../imageEnv.ts';
import { omniRoleSettings } from '../settings.ts';
import { prefixCaching } from './engineArgs.ts';
import { modelPathOf } from './modelPathOf.ts';
import { argumentWords, ownArguments } from './ownArguments.ts';
import { prepended } from './prependedEnv.ts';

interface MixedScriptInput {
  readonly dialect: Dialect;
  /** Of the engine's extra configuration on the host; null: this server has none. */
  readonly extraConfigPath: string | null;
  readonly interfaceName: string;
}

/** run_mixed.sh: vLLM's own API server, as OmniInfer's installation guide starts it where prefill and decode are one. */
export function mixedScript(
  node: ServerNode,
  group: string,
  deployment: Deployment,
  { dialect, extraConfigPath, interfaceName }: MixedScriptInput,
): string {
  const { settings } = node;
  const env = {
    GLOO_SOCKET_IFNAME: interfaceName,
    VLLM_USE_V1: '1',
    VLLM_WORKER_MULTIPROC_METHOD: 'fork',
    VLLM_ENABLE_MC2: '0',
    USING_LCCL_COM: '0',
    VLLM_LOGGING_LEVEL: 'INFO',
    ...acceleratorOf(deployment.accelerator).container(node.dies).env,
    ...(extraConfigPath === null ? {} : extraConfigEnv(extraConfigPath, dialect)),
    ...settings.env,
  };
  return fillTemplate(mixedTemplate, {
    title: `${node.name}: mixed ${group} of ${deployment.name}`,
    imageEnv: IMAGE_ENV,
    env: [
      ...Object.entries(env)
        .filter(([name]) => !settings.unsetEnv.includes(name))
        .map(([name, value]) => [name, quoteWord(value)]),
      ...prepended(node),
    ],
    args: args(node, deployment).map((words) => quote(words)),
  });
}

/** vLLM's arguments, in the guide's order. */
function args(node: ServerNode, deployment: Deployment): string[][] {
  const { settings } = node;
  const own = omniRoleSettings(settings);
  const { additionalConfig, enforceEager, blockSize, distributedExecutorBackend } = own;
  return [
    ['--host', '0.0.0.0'],
    ['--port', String(node.baseApiPort)],
    ['--model', modelPathOf(node, deployment)],
    ['--data-parallel-size', String(node.dataParallelSize)],
    ['--tensor-parallel-size', String(node.tensorParallelSize)],
    ...(own.arguments.dtype === null ? [['--dtype', 'bfloat16']] : []),
    ['--max-model-len', String(settings.maxModelLen)],
    ['--trust_remote_code'],
    ['--gpu_memory_utilization', String(settings.gpuUtil)],
    ...(enforceEager ? [['--enforce-eager']] : []),
    ...(own.enableExpertParallel ? [['--enable-expert-parallel']] : []),
    ...prefixCaching(own.enablePrefixCaching).map((flag) => [flag]),
    ['--block_size', String(blockSize)],
    ['--served-model-name', deployment.servedModelName],
    ['--distributed-executor-backend', distributedExecutorBackend ?? 'mp'],
    ...(settings.maxNumBatchedTokens === null
      ? []
      : [['--max-num-batched-tokens', String(settings.maxNumBatchedTokens)]]),
    ...(settings.maxNumSeqs === null ? [] : [['--max-num-seqs', String(settings.maxNumSeqs)]]),
    ...(Object.keys(additionalConfig).length === 0 ? [] : [['--additional-config', JSON.stringify(additionalConfig)]]),
    ...ownArguments(own.arguments).map((argument) => [...argumentWords(argument)]),
    ...(settings.extraArgs.length === 0 ? [] : [[...settings.extraArgs]]),
  ];
}
