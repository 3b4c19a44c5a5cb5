import { acceleratorOf } from '../../accelerators/index.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import { nodePaths } from '../../topology/paths.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import type { DesiredContainer } from '../desired.ts';
import { httpProxyVariables } from '../httpProxy.ts';
import { labelledContainer } from '../labelledContainer.ts';

// KV transfers register memory with the network device, and servers of one host share device memory
const TRANSFER_FLAGS = ['--ulimit=memlock=-1', '--ipc=host'];

/** The container a node runs in; servers are started in it by `docker exec`, so that a new one needs no new container. */
export function vllmContainer(node: Node, deployment: Deployment, topology: Topology): DesiredContainer {
  const { cluster, folder, run } = nodePaths(deployment.statePath, deployment.name, node.name);
  const isServer = node.role !== 'proxy';
  const accelerator = acceleratorOf(deployment.accelerator).container(isServer ? node.dies : []);
  const { env, input } = httpProxyVariables(deployment, topology);
  const { mounts, devices, shmSize, flags } = deployment.container;
  const model = isServer ? [`${deployment.modelPath}:${deployment.modelPath}:ro`] : [];
  const own = [same(cluster), same(deployment.logPath), ...model];
  return labelledContainer({
    node,
    deployment,
    input,
    run: {
      // the image's own is `vllm serve`
      entrypoint: 'sleep',
      command: ['infinity'],
      env: { ...accelerator.env, ...env },
      mounts: [...new Set([...accelerator.mounts, ...own, ...mounts])],
      devices: [...new Set([...accelerator.devices, ...devices])],
      shmSize,
      workdir: accelerator.workdir,
      flags: [...accelerator.flags, ...(isServer ? TRANSFER_FLAGS : []), ...flags],
    },
    folders: [folder, run, `${deployment.logPath}/${node.name}`],
  });
}

function same(path: string): string {
  return `${path}:${path}`;
}
