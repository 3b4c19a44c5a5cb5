import type { Deployment } from '../../../deployment/deployment.ts';
import { nodePaths } from '../../../topology/paths.ts';
import type { Node, Topology } from '../../../topology/topology.ts';
import type { ArtifactPaths } from '../../engine.ts';
import {
  codePaths,
  extraConfigPath,
  patternPath,
  placementConfigPath,
  rankTablePaths,
  startScriptPath,
  wheelPath,
  wheelsMarker,
} from '../hostPaths.ts';
import { hasExtraConfig } from './extraConfig.ts';

/** Every file {@link desired} may make for a node; more than it will, where facts decide. */
export function artifactPaths(node: Node, deployment: Deployment, topology: Topology): ArtifactPaths {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const code = codePaths(paths);
  return {
    files: filePaths(node, deployment, topology),
    markers: [code.marker, wheelsMarker(paths)],
    tree: deployment.codePath === null || node.role === 'proxy' ? null : code,
  };
}

function filePaths(node: Node, deployment: Deployment, topology: Topology): readonly string[] {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const script = startScriptPath(node, paths);
  if (node.role === 'proxy') return [script];
  if (node.role === 'mixed') {
    const wheels = deployment.wheels.map((wheel) => wheelPath(wheel, paths));
    return [...(hasExtraConfig(node) ? [extraConfigPath(node, paths)] : []), script, ...wheels];
  }
  const { placement } = node.settings;
  const rankTables = rankTablePaths(node, topology.instances[node.instance]!, paths);
  return [
    placementConfigPath(node, paths),
    ...(placement.patternPath === null ? [] : [patternPath(placement.patternPath, paths)]),
    extraConfigPath(node, paths),
    script,
    ...deployment.wheels.map((wheel) => wheelPath(wheel, paths)),
    rankTables.local,
    ...(rankTables.apiServer === null ? [] : [rankTables.apiServer]),
    rankTables.hostGlobal,
    ...(rankTables.merged === null ? [] : [rankTables.merged]),
    rankTables.global,
  ];
}
