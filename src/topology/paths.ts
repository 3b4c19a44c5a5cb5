import type { NodeName } from './topology.ts';

/** Where everything of a node lives on its host (and, mounted at the same path, in its container). */
export interface NodePaths {
  /** `<statePath>/<cluster>`: mounted into every container of the cluster. */
  readonly cluster: string;
  /** `<cluster>/<node>` */
  readonly folder: string;
  /** Rank tables. */
  readonly rankTables: string;
  /** Written by the launcher: `exit` (exit code, once it ended) and by us: `ready` (generation that became ready). */
  readonly run: string;
  readonly exit: string;
  readonly ready: string;
  /** What pip installed in the container: first line its id, then digest and path of each wheel. */
  readonly wheelsMarker: string;
  readonly code: string;
  readonly codeMarker: string;
}

export function nodePaths(statePath: string, cluster: string, node: NodeName): NodePaths {
  const root = `${statePath}/${cluster}`;
  const folder = `${root}/${node}`;
  return {
    cluster: root,
    folder,
    rankTables: `${folder}/ranktable`,
    run: `${folder}/run`,
    exit: `${folder}/run/exit`,
    ready: `${folder}/run/ready`,
    wheelsMarker: `${folder}/run/wheels`,
    code: `${root}/code/omniinfer`,
    codeMarker: `${root}/code/digest`,
  };
}
