import { acceleratorOf } from '../../../src/accelerators/index.ts';
import type { Deployment } from '../../../src/deployment/deployment.ts';
import type { DesiredContainer } from '../../../src/engines/desired.ts';
import { labelledContainer } from '../../../src/engines/labelledContainer.ts';
import { parseMount, sameMount } from '../../../src/shell/mount.ts';
import { nodePaths } from '../../../src/topology/paths.ts';
import type { Node } from '../../../src/topology/topology.ts';

/** Servers are started in it later; a router's has no die. */
export function toyContainer(node: Node, deployment: Deployment): DesiredContainer {
  const { cluster, folder, run } = nodePaths(deployment.statePath, deployment.name, node.name);
  const { mounts, devices, ...part } = acceleratorOf(deployment.accelerator).container(
    node.role === 'proxy' ? [] : node.dies,
  );
  return labelledContainer({
    node,
    deployment,
    run: {
      ...part,
      entrypoint: 'sleep',
      command: ['infinity'],
      mounts: [...mounts.map(parseMount), sameMount(cluster)],
      devices,
      shmSize: deployment.container.shmSize,
    },
    folders: [folder, run],
  });
}
