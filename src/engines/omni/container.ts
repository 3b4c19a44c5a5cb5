import { acceleratorOf } from '../../accelerators/index.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import type { NodePaths } from '../../topology/paths.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import type { DesiredContainer } from '../desired.ts';
import { httpProxyVariables } from '../httpProxy.ts';
import { labelledContainer } from '../labelledContainer.ts';
import { CODE_FOLDER, codePaths, rankTablesFolder } from './hostPaths.ts';
import { modelPathOf } from './server/modelPathOf.ts';
import { omniProxySettings, omniRoleSettings, omniSettings } from './settings.ts';

/** The container a node runs in: OmniInfer's docker run flags, our mounts and labels. */
export function desiredContainer(
  node: Node,
  paths: NodePaths,
  deployment: Deployment,
  topology: Topology,
): DesiredContainer {
  // the proxy computes nothing, and its host need not have dies
  const accelerator = acceleratorOf(deployment.accelerator).container(node.role === 'proxy' ? [] : node.dies);
  const proxy = httpProxyVariables(deployment, topology);
  const { mounts, devices, shmSize, flags } = deployment.container;
  return labelledContainer({
    node,
    deployment,
    input: proxy.input,
    run: {
      // servers are started by `docker exec`, so that a new one needs no new container
      entrypoint: 'sleep',
      command: ['infinity'],
      env: { ...environment(node, paths, deployment), ...accelerator.env, ...proxy.env },
      mounts: [...new Set([...accelerator.mounts, ...mountsOf(node, paths, deployment), ...mounts])],
      devices: [...new Set([...accelerator.devices, ...devices])],
      shmSize,
      workdir: accelerator.workdir,
      flags: [...accelerator.flags, ...flags],
    },
    folders: folders(node, paths, deployment),
  });
}

function environment(node: Node, paths: NodePaths, deployment: Deployment): Record<string, string> {
  return {
    ...(node.role === 'mixed' ? {} : { RANKTABLE_SAVE_PATH: rankTablesFolder(paths) }),
    LOG_PATH: deployment.logPath,
    ...(omniSettings(deployment).generation === 'v0.3' ? {} : { PYTHONHASHSEED: '123' }),
    ...(node.role === 'proxy' ? { PROXY_NODE_PORT: String(node.listenPort) } : {}),
  };
}

function mountsOf(node: Node, paths: NodePaths, deployment: Deployment): string[] {
  const { logPath } = deployment;
  const { codePath } = omniSettings(deployment);
  const dumpDir = node.role === 'proxy' ? null : omniRoleSettings(node.settings).placement.dumpDir;
  return [
    same(paths.cluster),
    same(logPath),
    ...(node.role === 'proxy' ? tokenizerMount(deployment) : [same(modelPathOf(node, deployment))]),
    ...(dumpDir === null ? [] : [same(dumpDir)]),
    ...(codePath === null ? [] : [`${codePaths(paths).folder}:${CODE_FOLDER}`]),
  ];
}

/** omni_proxy reads a model's tokenizer. */
function tokenizerMount({ proxy, modelPath }: Deployment): string[] {
  const { useOmniProxy, omniProxy } = omniProxySettings(proxy!);
  const path = omniProxy.omni_proxy_model_path ?? modelPath;
  return useOmniProxy && path !== '' ? [same(String(path))] : [];
}

/** Made before the container: docker would make them too, but as a part of nobody's plan. */
function folders(node: Node, paths: NodePaths, deployment: Deployment): string[] {
  const dumpDir = node.role === 'proxy' ? null : omniRoleSettings(node.settings).placement.dumpDir;
  return [
    paths.folder,
    paths.run,
    `${deployment.logPath}/${node.name}`,
    ...(dumpDir === null ? [] : [dumpDir]),
    ...(omniSettings(deployment).codePath === null ? [] : [codePaths(paths).folder]),
  ];
}

function same(path: string): string {
  return `${path}:${path}`;
}
