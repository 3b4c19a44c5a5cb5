import type { Deployment } from '../../../src/deployment/deployment.ts';
import { acceleratorPart } from '../../../src/engines/acceleratorPart.ts';
import type { DesiredContainer } from '../../../src/engines/desired.ts';
import { labelledContainer } from '../../../src/engines/labelledContainer.ts';
import type { HostFacts } from '../../../src/facts/facts.ts';
import { sameMount } from '../../../src/shell/mount.ts';
import { nodePaths } from '../../../src/topology/paths.ts';
import type { Node } from '../../../src/topology/topology.ts';

/** Servers are started in it later; a router's has no die. */
export function toyContainer(node: Node, deployment: Deployment, host?: HostFacts): DesiredContainer {
  const { cluster, folder, run } = nodePaths(deployment.statePath, deployment.name, node.name);
  const own = { mounts: [sameMount(cluster)], flags: [] };
  return labelledContainer({
    node,
    deployment,
    run: {
      ...acceleratorPart(deployment, node.role === 'proxy' ? [] : node.dies, own, host),
      entrypoint: 'sleep',
      command: ['infinity'],
      shmSize: deployment.container.shmSize,
    },
    folders: [folder, run],
  });
}
