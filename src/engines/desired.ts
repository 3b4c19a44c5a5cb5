import type { Argv } from '../shell/argv.ts';
import type { NodePaths } from '../topology/paths.ts';
import type { NodeName } from '../topology/topology.ts';
import type { Artifact } from './artifact.ts';
import type { Readiness } from './readiness.ts';

/** What should be on every node's host. */
export interface Desired {
  readonly nodes: Readonly<Record<NodeName, DesiredNode>>;
  /** Facts that are missing, with what needs them. */
  readonly unknown: readonly Unknown[];
}

export interface Unknown {
  readonly fact: string;
  /** Whose fact it is: the host's, or this machine's (a local file). */
  readonly of: 'host' | 'this-machine';
  readonly host: string;
  readonly node: NodeName;
  /** Part of the node that can't be made without it, in the engine's words: `files`. */
  readonly blocks: string;
}

export interface DesiredNode {
  readonly node: NodeName;
  readonly host: string;
  /** From `nodePaths()`. */
  readonly paths: NodePaths;
  readonly container: DesiredContainer;
  /** In the order of the engine's tags. */
  readonly artifacts: readonly Artifact[];
  readonly server: DesiredServer;
}

export interface DesiredContainer {
  readonly name: string;
  readonly image: string;
  /** Whole `docker run` argv, labels included (omniplace.cluster, omniplace.node, omniplace.spec). */
  readonly run: Argv;
  /** What goes to the standard input of `run`: its variables that no argument may hold; absent: none. */
  readonly input?: string;
  /** sha256 of the argv without the spec label, and of the input: the label's value. */
  readonly spec: string;
  /** Host folders that must exist before. */
  readonly folders: readonly string[];
}

export interface DesiredServer {
  /** Run inside the container, by the spawn action. */
  readonly argv: Argv;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of the log the launcher writes (same path on the host and in the container). */
  readonly log: string;
  /** All its logs (the launcher's and each rank's): their growth is progress, their last lines explain a failure. */
  readonly logs: readonly string[];
  /** OMNIPLACE_NODE of its processes: `<cluster>/<node>`. */
  readonly identity: string;
  /** From `serverGeneration()`: its container, its artifacts and how it is started. */
  readonly generation: string;
  /** argv run in the container that ends the server and all it started. */
  readonly stop: Argv;
  /** argv run in the container that lets what serves take over the artifacts; absent: it restarts for others. */
  readonly reload?: Argv;
  readonly readiness: Readiness;
  readonly readyDeadlineMs: number;
  readonly noProgressMs: number;
}
