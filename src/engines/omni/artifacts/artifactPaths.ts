import type { Deployment } from '../../../deployment/deployment.ts';
import { nodePaths } from '../../../topology/paths.ts';
import type { Node, Topology } from '../../../topology/topology.ts';
import {
  extraConfigPath,
  patternPath,
  placementConfigPath,
  rankTablePaths,
  startScriptPath,
  wheelPath,
} from '../hostPaths.ts';
import { hasExtraConfig } from './extraConfig.ts';

/** Every file {@link desired} may make for a node; more than it will, where facts decide. */
export function artifactPaths(node: Node, deployment: Deployment, topology: Topology): readonly string[] {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const script = startScriptPath(node, paths);
  if (node.role === 'proxy') return [script];
  if (node.role === 'mixed') {
    const wheels = deployment.wheels.map((wheel) => wheelPath(wheel, paths));
    return [...(hasExtraConfig(node) ? [extraConfigPath(node, paths)] : []), script, ...wheels];
  }
  const { placement } = node.settings;
  const tables = rankTablePaths(node, topology.instances[node.instance]!, paths);
  return [
    placementConfigPath(node, paths),
    ...(placement.patternPath === null ? [] : [patternPath(placement.patternPath, paths)]),
    extraConfigPath(node, paths),
    script,
    ...deployment.wheels.map((wheel) => wheelPath(wheel, paths)),
    tables.local,
    ...(tables.apiServer === null ? [] : [tables.apiServer]),
    tables.hostGlobal,
    ...(tables.merged === null ? [] : [tables.merged]),
    tables.global,
  ];
}
