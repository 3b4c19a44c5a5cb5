import { acceleratorOf } from '../../../accelerators/index.ts';
import type { Deployment } from '../../../deployment/deployment.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import { kvEnv } from '../kv/kvTransfer.ts';
import { serverPlace } from '../layout/serverPlace.ts';

type Env = Readonly<Record<string, string>>;

interface EnvInput {
  readonly deployment: Deployment;
  readonly topology: Topology;
  /** Of the host's address. */
  readonly interfaceName: string;
  /** On the host. */
  readonly lmcacheFile: string;
}

/** What all servers of a node have; `env` of the deployment file goes before it. */
export function serveEnv(node: ServerNode, { deployment, topology, interfaceName, lmcacheFile }: EnvInput): Env {
  const env = {
    VLLM_HOST_IP: node.host,
    // where hosts have several networks, torch and NCCL may choose one that the others don't reach
    GLOO_SOCKET_IFNAME: interfaceName,
    NCCL_SOCKET_IFNAME: interfaceName,
    // the titles that vLLM gives its processes would go over their environment, by which omniplace finds them
    SPT_NOENV: '1',
    VLLM_ENGINE_READY_TIMEOUT_S: String(Math.ceil(readyDeadline(node, deployment) / 1000)),
    ...acceleratorOf(deployment.accelerator).container(node.dies).env,
    ...kvEnv(node, topology, lmcacheFile),
    ...node.settings.env,
  };
  return Object.fromEntries(Object.entries(env).filter(([name]) => !node.settings.unsetEnv.includes(name)));
}

/** What one of several servers of a node has besides: the devices of its rank, and a bootstrap of its own. */
export function ofOneServer(
  node: ServerNode,
  server: number,
  deployment: Deployment,
  topology: Topology,
  env: Env,
): Env {
  const { devicesPerRank } = serverPlace(node, topology);
  const dies = node.dies.slice(server * devicesPerRank, (server + 1) * devicesPerRank);
  const bootstrap = env.VLLM_MOONCAKE_BOOTSTRAP_PORT;
  return {
    ...acceleratorOf(deployment.accelerator).container(dies).env,
    ...(bootstrap === undefined ? {} : { VLLM_MOONCAKE_BOOTSTRAP_PORT: String(Number(bootstrap) + server) }),
  };
}

export function readyDeadline({ role }: ServerNode, { ready }: Deployment): number {
  if (role === 'mixed') return ready.mixedMs;
  return role === 'prefill' ? ready.prefillMs : ready.decodeMs;
}
