import type { Deployment } from '../../../deployment/deployment.ts';
import { nodePaths } from '../../../topology/paths.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import type { ArtifactPaths } from '../../artifact.ts';
import {
  codePaths,
  extraConfigPath,
  installedCodeMarker,
  patternPath,
  placementConfigPath,
  rankTablePaths,
  startScriptPath,
  wheelPath,
  wheelsMarker,
} from '../hostPaths.ts';
import { omniRoleSettings, omniSettings } from '../settings.ts';

/** Every file {@link desired} may make for a server; more than it will, where facts decide. */
export function artifactPaths(node: ServerNode, deployment: Deployment, topology: Topology): ArtifactPaths {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const code = codePaths(paths);
  const synced = omniSettings(deployment).codePath !== null;
  return {
    files: filePaths(node, deployment, topology),
    markers: [code.marker, wheelsMarker(paths), ...(synced ? [installedCodeMarker(paths)] : [])],
    tree: synced ? code : null,
  };
}

function filePaths(node: ServerNode, deployment: Deployment, topology: Topology): readonly string[] {
  const paths = nodePaths(deployment.statePath, deployment.name, node.name);
  const script = startScriptPath(node, paths);
  const wheels = omniSettings(deployment).wheels.map((wheel) => wheelPath(wheel, paths));
  if (node.role === 'mixed') {
    const { extraConfig } = omniRoleSettings(node.settings);
    return [...(Object.keys(extraConfig).length > 0 ? [extraConfigPath(node, paths)] : []), script, ...wheels];
  }
  const { placement } = omniRoleSettings(node.settings);
  const rankTables = rankTablePaths(node, topology.instances[node.instance]!, paths);
  return [
    placementConfigPath(node, paths),
    ...(placement.patternPath === null ? [] : [patternPath(placement.patternPath, paths)]),
    extraConfigPath(node, paths),
    script,
    ...wheels,
    rankTables.local,
    ...(rankTables.apiServer === null ? [] : [rankTables.apiServer]),
    rankTables.hostGlobal,
    ...(rankTables.merged === null ? [] : [rankTables.merged]),
    rankTables.global,
  ];
}
