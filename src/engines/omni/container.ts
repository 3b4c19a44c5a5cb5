import type { Deployment } from '../../deployment/deployment.ts';
import type { HostFacts } from '../../facts/facts.ts';
import { type Mount, sameMount } from '../../shell/mount.ts';
import type { NodePaths } from '../../topology/paths.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { acceleratorPart } from '../acceleratorPart.ts';
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
  host?: HostFacts,
): DesiredContainer {
  // the proxy computes nothing, and its host need not have dies
  const dies = node.role === 'proxy' ? [] : node.dies;
  const own = { mounts: mountsOf(node, paths, deployment), flags: [] };
  const parts = acceleratorPart(deployment, dies, own, host);
  const proxy = httpProxyVariables(deployment, topology);
  return labelledContainer({
    node,
    deployment,
    input: proxy.input,
    run: {
      // servers are started by `docker exec`, so that a new one needs no new container
      entrypoint: 'sleep',
      command: ['infinity'],
      env: { ...environment(node, paths, deployment), ...parts.env, ...proxy.env },
      mounts: parts.mounts,
      devices: parts.devices,
      shmSize: deployment.container.shmSize,
      workdir: parts.workdir,
      flags: parts.flags,
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

function mountsOf(node: Node, paths: NodePaths, deployment: Deployment): Mount[] {
  const { logPath } = deployment;
  const { codePath } = omniSettings(deployment);
  const dumpDir = node.role === 'proxy' ? null : omniRoleSettings(node.settings).placement.dumpDir;
  return [
    sameMount(paths.cluster),
    sameMount(logPath),
    ...(node.role === 'proxy' ? tokenizerMount(deployment) : [sameMount(modelPathOf(node, deployment))]),
    ...(dumpDir === null ? [] : [sameMount(dumpDir)]),
    ...(codePath === null ? [] : [{ source: codePaths(paths).folder, target: CODE_FOLDER, options: null }]),
  ];
}

/** omni_proxy reads a model's tokenizer. */
function tokenizerMount({ proxy, modelPath }: Deployment): Mount[] {
  const { useOmniProxy, omniProxy } = omniProxySettings(proxy!);
  const path = omniProxy.omni_proxy_model_path ?? modelPath;
  return useOmniProxy && path !== '' ? [sameMount(String(path))] : [];
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
