import nzTemplate from '../../../../templates/nz_ascend.sh';
import rayWorkerTemplate from '../../../../templates/run_ray_worker.sh.eta';
import serverTemplate from '../../../../templates/run_server.sh.eta';
import { acceleratorOf } from '../../../accelerators/index.ts';
import type { Deployment } from '../../../deployment/deployment.ts';
import { fillTemplate } from '../../../rendering/template.ts';
import { quote, quoteWord } from '../../../shell/quote.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { extraConfigEnv } from '../artifacts/extraConfig.ts';
import { SCRIPTS_FOLDER } from '../hostPaths.ts';
import { IMAGE_ENV } from '../imageEnv.ts';
import { omniRoleSettings, omniSettings } from '../settings.ts';
import { apiServersArgs, firstDieOfServers } from './apiServersArgs.ts';
import { engineValues } from './engineValues.ts';
import { pdRunArgs } from './pdRunArgs.ts';
import { pdRunExports } from './pdRunVariables.ts';
import { prepended } from './prependedEnv.ts';
import { bindCpus, procBindEnv } from './procBind.ts';
import { isOverRay, RAY_STOP, rayEnv, rayHeadStart, rayPort, rayWorkerStart } from './rayCommands.ts';
import { type EngineValues, execEnv } from './serverEnv.ts';
import type { ServerScriptInput } from './serverScriptInput.ts';

/** How long a ray worker waits for its head, which may still be loading its container. */
const RAY_JOIN_SECONDS = 300;

/** run_prefill.sh or run_decode.sh: the launcher with all its arguments, or a ray worker of a prefill instance over several hosts. */
export function serverScript(input: ServerScriptInput): string {
  const { node, deployment, dialect } = input;
  const instance = input.topology.instances[node.instance]!;
  const values = engineValues(input, instance);
  const common = {
    title: `${node.name}: host ${node.nodeRank + 1} of ${instance.nodes.length} of ${node.role} ${instance.group.name} of ${deployment.name}`,
    imageEnv: IMAGE_ENV,
    env: [
      ...Object.entries(environment(input, values))
        .filter(([name]) => !node.settings.unsetEnv.includes(name))
        .map(([name, value]) => [name, quoteWord(value)]),
      ...prepended(node),
    ],
    rayStop: quote(RAY_STOP),
  };
  if (node.part === 'worker') {
    return fillTemplate(rayWorkerTemplate, {
      ...common,
      rayStart: quote(rayWorkerStart(node, dialect)),
      rayStatus: quote(['ray', 'status', `--address=${node.masterAddress}:${rayPort(node)}`]),
      joinSeconds: RAY_JOIN_SECONDS,
      joined: quoteWord(input.paths.joined),
      master: node.masterAddress,
    });
  }
  const overRay = isOverRay(node);
  const byPdRun = omniSettings(deployment).launcher === 'pd_run';
  return fillTemplate(serverTemplate, {
    ...common,
    folder: SCRIPTS_FOLDER,
    overRay,
    // pd_run.sh starts it itself, and a second one would fail
    rayStart: overRay && !(byPdRun && dialect.rayHead !== null) ? quote(rayHeadStart(node)) : null,
    nzConfig: hasNzStep(input) ? nzTemplate.trimEnd() : null,
    bindCpus: omniRoleSettings(node.settings).procBind ? bindCpus(node, values.logFolder) : null,
    launcher: byPdRun ? 'bash pd_run.sh' : 'python start_api_servers.py',
    args: (byPdRun ? pdRunArgs(input, values) : apiServersArgs(input, values)).map(([flag, value]) =>
      value === null ? flag : `${flag} ${quoteWord(value)}`,
    ),
  });
}

/** Exported by the start script, over what ~/.bashrc has set. */
function environment(input: ServerScriptInput, values: EngineValues): Record<string, string> {
  const { node, deployment, dialect, extraConfigPath } = input;
  const { env } = node.settings;
  const own = omniRoleSettings(node.settings);
  const base = {
    ...execEnv(node, deployment, input.topology, values),
    ...(dialect.comparesLocalHostIp ? { LOCAL_HOST_IP: node.host } : {}),
    ...(own.ppLayerPartition === null ? {} : { VLLM_PP_LAYER_PARTITION: own.ppLayerPartition }),
    ...(own.procBind ? procBindEnv() : {}),
    ...(isOverRay(node) ? rayEnv(Object.keys(visibleDies(node, deployment))) : {}),
    ...(extraConfigPath === null ? {} : extraConfigEnv(extraConfigPath, dialect)),
  };
  const exports = () => pdRunExports(dialect, pdRunArgs(input, values));
  // all of it reaches servers that start_api_servers.py is asked for itself
  if (omniSettings(deployment).launcher === 'api_servers')
    return { ...base, ...exports(), ...directEnv(node, values), ...visibleDies(node, deployment), ...env };
  // vLLM's workers inherit the environment of their host's `ray start`, not that of pd_run.sh on the first host
  return node.part === 'worker' ? { ...base, ...env, ...exports() } : { ...base, ...env };
}

/** Further variables that omni_cli gives to start_api_servers.py. */
function directEnv(node: ServerNode, { logFolder }: EngineValues): Record<string, string> {
  return {
    KV_RANK: String(node.kv!.rank),
    SERVER_OFFSET: String(firstDieOfServers(node)),
    LOG_PATH: logFolder,
    ...(node.role === 'prefill' ? { PREFILL_TENSOR_PARALLEL_SIZE: String(node.tensorParallelSize) } : {}),
  };
}

/** The variable by which a server sees only its dies. */
function visibleDies({ dies }: ServerNode, { accelerator }: Deployment): Readonly<Record<string, string>> {
  return acceleratorOf(accelerator).container(dies).env;
}

/** CANN's list of operators has to know the weights' format before a decode server starts. */
function hasNzStep({ node, dialect, deployment }: ServerScriptInput): boolean {
  return node.role === 'decode' && dialect.hasNzConfig && deployment.accelerator === 'ascend';
}
