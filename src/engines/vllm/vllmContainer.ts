import type { Deployment } from '../../deployment/deployment.ts';
import type { HostFacts } from '../../facts/facts.ts';
import { sameMount } from '../../shell/mount.ts';
import { nodePaths } from '../../topology/paths.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { acceleratorPart } from '../acceleratorPart.ts';
import type { DesiredContainer } from '../desired.ts';
import { httpProxyVariables } from '../httpProxy.ts';
import { labelledContainer } from '../labelledContainer.ts';

// KV transfers register memory with the network device, and servers of one host share device memory
const TRANSFER_FLAGS = ['--ulimit=memlock=-1', '--ipc=host'];

/** The container a node runs in; servers are started in it by `docker exec`, so that a new one needs no new container. */
export function vllmContainer(
  node: Node,
  deployment: Deployment,
  topology: Topology,
  host?: HostFacts,
): DesiredContainer {
  const { cluster, folder, run } = nodePaths(deployment.statePath, deployment.name, node.name);
  const isServer = node.role !== 'proxy';
  const { env, input } = httpProxyVariables(deployment, topology);
  const model = isServer ? [sameMount(deployment.modelPath, 'ro')] : [];
  const own = {
    mounts: [sameMount(cluster), sameMount(deployment.logPath), ...model],
    flags: isServer ? TRANSFER_FLAGS : [],
  };
  const parts = acceleratorPart(deployment, isServer ? node.dies : [], own, host);
  return labelledContainer({
    node,
    deployment,
    input,
    run: {
      // the image's own is `vllm serve`
      entrypoint: 'sleep',
      command: ['infinity'],
      env: { ...parts.env, ...env },
      mounts: parts.mounts,
      devices: parts.devices,
      shmSize: deployment.container.shmSize,
      workdir: parts.workdir,
      flags: parts.flags,
    },
    folders: [folder, run, `${deployment.logPath}/${node.name}`],
  });
}
