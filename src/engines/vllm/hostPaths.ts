import type { NodePaths } from '../../topology/paths.ts';
import type { Node } from '../../topology/topology.ts';

/** A start script carries the engine's environment, which may hold secrets. */
export const SCRIPT_MODE = 0o700;

export function scriptPath(node: Node, paths: NodePaths): string {
  return `${paths.folder}/run_${node.role}.sh`;
}

/** What LMCACHE_CONFIG_FILE names. */
export function lmcachePath(paths: NodePaths): string {
  return `${paths.folder}/lmcache.yaml`;
}
