import type { NodeName } from './topology.ts';

/** Where everything of a node lives on its host (and, mounted at the same path, in its container). */
export interface NodePaths {
  /** `<statePath>/<cluster>`: mounted into every container of the cluster. */
  readonly cluster: string;
  /** `<cluster>/<node>` */
  readonly folder: string;
  /** The fate of the server started last. */
  readonly run: string;
  /** Generation that was started; removed by a stop that was asked for. */
  readonly started: string;
  /** Generation that became ready. */
  readonly ready: string;
  /** Left by a server that answers nothing itself, once it is a part of its instance. */
  readonly joined: string;
  /** Exit code, left by the launcher when its server ended. */
  readonly exit: string;
}

/** Seconds that the last start took until the server was ready. @param run a node's `run` folder */
export function tookPath(run: string): string {
  return `${run}/took`;
}

/** What a host keeps of a cluster as a whole. */
export interface ClusterPaths {
  /** `<statePath>/<cluster>` */
  readonly folder: string;
  /** The owner that may change the cluster; absent: none. */
  readonly lease: string;
  /** The run that changed this host last. */
  readonly run: string;
  /** What its hosts should run. */
  readonly desired: string;
  /** Runs that ended, a line each, the last one at the end. */
  readonly runs: string;
  /** Digests of the files that runs wrote, a line each. */
  readonly wrote: string;
  /** Generations that have served, one folder each. */
  readonly generations: string;
  /** One line per generation kept, the one that served last at the end. */
  readonly kept: string;
}

export function clusterPaths(statePath: string, cluster: string): ClusterPaths {
  const folder = `${statePath}/${cluster}`;
  const generations = `${folder}/generations`;
  return {
    folder,
    lease: `${folder}/lease`,
    run: `${folder}/run`,
    desired: `${folder}/desired`,
    runs: `${folder}/runs`,
    wrote: `${folder}/wrote`,
    generations,
    kept: `${generations}/kept`,
  };
}

export function nodePaths(statePath: string, cluster: string, node: NodeName): NodePaths {
  const root = `${statePath}/${cluster}`;
  const folder = `${root}/${node}`;
  return {
    cluster: root,
    folder,
    run: `${folder}/run`,
    started: `${folder}/run/started`,
    ready: `${folder}/run/ready`,
    joined: `${folder}/run/joined`,
    exit: `${folder}/run/exit`,
  };
}
