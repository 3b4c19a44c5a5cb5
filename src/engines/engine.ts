import type { Deployment } from '../deployment/deployment.ts';
import type { Fault } from '../deployment/fault.ts';
import type { Positions } from '../deployment/positions.ts';
import type { Facts } from '../facts/facts.ts';
import type { Argv } from '../shell/argv.ts';
import type { NodePaths } from '../topology/paths.ts';
import type { Node, NodeName, PortRange, Topology } from '../topology/topology.ts';

/** All that is particular to an inference engine. Adding one = one folder + one line in `engines/index.ts`. */
export interface Engine {
  readonly name: string;
  readonly placementFormat: 'omni-npy' | 'expert-map';
  readonly capabilities: ReadonlySet<'dump' | 'live-map'>;
  /** What this engine would refuse or misread in a deployment that is well-formed otherwise. */
  checks(deployment: Deployment, topology: Topology, inputs: LocalInputs, position: Positions): readonly Fault[];
  ports(node: Node, topology: Topology): readonly PortRange[];
  /** Every file {@link desired} may put on the node's host: known without facts, so that a probe can ask for their digests. */
  artifactPaths(node: Node, deployment: Deployment, topology: Topology): readonly string[];
  /** What should be on every node's host. A value that needs a missing fact is an {@link Unknown}. */
  desired(deployment: Deployment, topology: Topology, facts: Facts, inputs: LocalInputs): Desired;
  /** As the deployment declares it, else as the model's files on the host `address` do. */
  model(deployment: Deployment, facts: Facts, address: string): ModelShape;
}

/** The MoE shape of a model; null: neither the deployment file nor the host says it. */
export interface ModelShape {
  readonly moeLayers: number | null;
  readonly experts: number | null;
  readonly topK: number | null;
  /** Bytes of one expert's weights in one layer. */
  readonly expertBytes: number | null;
}

/** Ports a node binds, as its engine knows them. */
export type PortsOf = (node: Node) => readonly PortRange[];

export type { Positions };

/** What the rim read from local files for the pure core: digests and bytes by absolute path. */
export interface LocalInputs {
  /** sha256 (hex) and size of pattern files and wheels; null: the file is missing. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly sizeBytes: number } | null>>;
  /** Bytes of the pattern files (`placement.patternPath`); null: the file is missing. */
  readonly patterns: Readonly<Record<string, Uint8Array | null>>;
  /** Digest of the code tree (paths, modes, contents) below codePath/omniinfer; null: none, or missing. */
  readonly codeDigest: string | null;
  /** Size of the image archive, which is hashed only while it is sent; absent: none is named, or it is missing. */
  readonly archiveBytes?: number;
}

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
  /** Which part of the node can't be made without it. */
  readonly blocks: 'container' | 'files' | 'ranktable' | 'server';
}

export interface DesiredNode {
  readonly node: NodeName;
  readonly host: string;
  /** From `nodePaths()`. */
  readonly paths: NodePaths;
  readonly container: DesiredContainer;
  /** Configs, scripts, patterns, wheels: under the node's own state folder. */
  readonly files: readonly DesiredFile[];
  /** Rank tables, pushed by their own tag. */
  readonly rankTables: readonly DesiredFile[];
  readonly code: DesiredCode | null;
  readonly wheels: readonly DesiredWheel[];
  /** How its container builds the engine's wheels; null: it can't. */
  readonly build: DesiredBuild | null;
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

export interface DesiredFile {
  /** Absolute, on the host. */
  readonly path: string;
  /** Octal permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** sha256 of what the probe found in its place, null: nothing; a file of another digest is not replaced. Absent: whatever is there. */
  readonly found?: string | null;
  readonly content:
    | { readonly text: string }
    /** On this machine. */
    | { readonly localPath: string }
    /** A copy that the host keeps itself. */
    | { readonly hostPath: string };
}

export interface DesiredCode {
  /** Absolute local folder (`codePath/omniinfer`), or one that the host keeps itself. */
  readonly from: string;
  readonly isOnHost?: true;
  /** Absolute folder on the host, mounted into the container. */
  readonly to: string;
  readonly digest: string;
  /** Host file that holds the digest once `to` is complete. */
  readonly marker: string;
}

export interface DesiredWheel {
  /** Absolute path on the host, as the container sees it too. */
  readonly path: string;
  readonly sha256: string;
}

export interface DesiredBuild {
  /** Run in the container. */
  readonly argv: Argv;
  /** Absolute folder on the host that has the wheels afterwards, and nothing else. */
  readonly folder: string;
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
  /** sha256 over everything the server is made of: container spec, files, rank tables, code, wheels, argv, env. */
  readonly generation: string;
  /** argv run in the container that ends the server and all it started. */
  readonly stop: Argv;
  /** Ready when each answers 200. */
  readonly readiness: readonly HttpProbe[];
  /** Host file that a server without an API leaves once it is a part of its instance; null: it is ready when it answers. */
  readonly joined: string | null;
  readonly readyDeadlineMs: number;
  readonly noProgressMs: number;
}

export interface HttpProbe {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** What it proves, for messages: `rank 3`. */
  readonly of: string;
}
