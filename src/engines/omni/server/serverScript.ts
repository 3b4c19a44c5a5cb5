import rayWorkerTemplate from '../../../../templates/run_ray_worker.sh.eta';
import serverTemplate from '../../../../templates/run_server.sh.eta';
import type { Deployment, JsonObject } from '../../../deployment/deployment.ts';
import { fillTemplate } from '../../../rendering/template.ts';
import { quote, quoteWord } from '../../../shell/quote.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { Instance, ServerNode, Topology } from '../../../topology/topology.ts';
import { extraConfigPath, rankTablePaths, SCRIPTS_FOLDER } from '../hostPaths.ts';
import { type EngineValues, execEnv, pdRunEnv } from './serverEnv.ts';

/** How long a ray worker waits for its head, which may still be loading its container. */
const RAY_JOIN_SECONDS = 300;
const RAY_PORT = 6379;

export interface ServerScriptInput {
  readonly node: ServerNode;
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly paths: NodePaths;
  readonly interfaceName: string;
  readonly additionalConfig: JsonObject | null;
}

/** run_prefill.sh or run_decode.sh: pd_run.sh with all its arguments, or a ray worker of a prefill instance over several hosts. */
export function serverScript(input: ServerScriptInput): string {
  const { node, deployment } = input;
  const instance = input.topology.instances[node.instance]!;
  const values = engineValues(input, instance);
  const overRay = node.role === 'prefill' && instance.nodes.length > 1;
  const env = {
    ...execEnv(node, deployment, input.topology, values),
    // ray's workers inherit the environment of `ray start`, not that of pd_run.sh
    ...(overRay ? pdRunEnv(node, values) : {}),
    ...node.settings.env,
  };
  const common = {
    title: `${node.name}: host ${node.nodeRank + 1} of ${instance.nodes.length} of ${node.role} ${instance.group.name} of ${deployment.name}`,
    env: Object.entries(env).map(([name, value]) => [name, quoteWord(value)]),
  };
  if (node.part === 'worker') {
    return fillTemplate(rayWorkerTemplate, {
      ...common,
      rayStart: quote([
        'ray',
        'start',
        `--address=${node.masterAddress}:${RAY_PORT}`,
        `--num-gpus=${node.dies.length}`,
      ]),
      rayStatus: quote(['ray', 'status', `--address=${node.masterAddress}:${RAY_PORT}`]),
      joinSeconds: RAY_JOIN_SECONDS,
      joined: quoteWord(input.paths.joined),
      master: node.masterAddress,
    });
  }
  return fillTemplate(serverTemplate, {
    ...common,
    folder: SCRIPTS_FOLDER,
    rayStart: overRay
      ? quote(['ray', 'start', '--head', `--port=${RAY_PORT}`, `--num-gpus=${node.dies.length}`])
      : null,
    args: pdRunArgs(input, values).map(([flag, value]) => [flag, quoteWord(value)]),
  });
}

function engineValues(
  { node, topology, paths, interfaceName, deployment }: ServerScriptInput,
  instance: Instance,
): EngineValues {
  const tables = rankTablePaths(node, instance, paths);
  const decodeHosts = topology.instances
    .filter(({ role }) => role === 'decode')
    .map(({ group }) => group.hosts.map(({ address }) => address));
  const all = decodeHosts.flat().join(',');
  return {
    globalRankTable: tables.global,
    rankTable: tables.merged ?? tables.local,
    decodeServers: all,
    ownDecodeServers: node.role === 'decode' ? instance.group.hosts.map(({ address }) => address).join(',') : all,
    interfaceName,
    extraConfigPath: extraConfigPath(node, paths),
    // pd_run.sh sets these three itself, from its arguments: a setting of the user's has to go through them
    hcclBufferSize: node.settings.env.HCCL_BUFFSIZE ?? (node.role === 'prefill' ? '500' : '1000'),
    hcclExpansionMode: node.settings.env.HCCL_OP_EXPANSION_MODE ?? 'AIV',
    enableMc2: node.settings.env.VLLM_ENABLE_MC2 ?? '1',
    logFolder: `${deployment.logPath}/${node.name}`,
  };
}

/** pd_run.sh's arguments, in the order of OmniInfer's playbook. */
function pdRunArgs(
  { node, deployment, topology, additionalConfig }: ServerScriptInput,
  values: EngineValues,
): [string, string][] {
  const isPrefill = node.role === 'prefill';
  const { settings } = node;
  return [
    ['--global-rank-table-path', values.globalRankTable],
    ['--rank-table-path', values.rankTable],
    ['--local-decode-server-ip-list', values.ownDecodeServers],
    ['--global-decode-server-ip-list', values.decodeServers],
    ['--prefill-pod-num', String(topology.numPrefill)],
    ['--gloo-socket-ifname', values.interfaceName],
    ['--tp-socket-ifname', values.interfaceName],
    ...(isPrefill
      ? []
      : ([
          ['--num-servers', String(node.numServers)],
          ['--num-dp', String(node.dataParallelSize)],
          ['--server-offset', String(node.serverOffset)],
        ] satisfies [string, string][])),
    ['--model-path', deployment.modelPath],
    ['--master-ip', node.masterAddress],
    ['--master-port', String(node.masterPort)],
    ['--base-api-port', String(node.baseApiPort)],
    ['--role', node.role],
    ['--kv-role', node.kv!.role],
    ['--max-model-len', String(settings.maxModelLen)],
    ['--tp', String(node.tensorParallelSize)],
    ...(isPrefill ? ([['--ascend-rt-visible-devices', node.dies.join(',')]] satisfies [string, string][]) : []),
    ['--kv-rank', String(node.kv!.rank)],
    ['--kv-engine-id', String(node.kv!.rank)],
    ['--kv-parallel-size', String(node.kv!.parallelSize)],
    ['--model-extra-cfg-path', values.extraConfigPath],
    ['--gpu-util', String(settings.gpuUtil)],
    ...(additionalConfig === null
      ? []
      : ([['--additional-config', JSON.stringify(additionalConfig)]] satisfies [string, string][])),
    // pd_run.sh's own default needs no argument
    ...(deployment.servedModelName === 'deepseek'
      ? []
      : ([['--served-model-name', deployment.servedModelName]] satisfies [string, string][])),
    ['--vllm-enable-mc2', values.enableMc2],
    ['--extra-args', quote(engineArgs(node))],
    ['--hccl-buffsize', values.hcclBufferSize],
    ['--hccl-op-expansion-mode', values.hcclExpansionMode],
    ['--log-dir', values.logFolder],
  ];
}

/** What pd_run.sh hands on to `vllm serve`. */
function engineArgs(node: ServerNode): string[] {
  const { maxNumSeqs, maxNumBatchedTokens, extraArgs } = node.settings;
  return [
    ...(maxNumBatchedTokens === null ? [] : ['--max-num-batched-tokens', String(maxNumBatchedTokens)]),
    ...(node.role === 'prefill' ? ['--enforce-eager'] : []),
    '--enable-expert-parallel',
    '--disable-log-requests',
    '--max-num-seqs',
    String(maxNumSeqs),
    '--no-enable-prefix-caching',
    ...extraArgs,
  ];
}
