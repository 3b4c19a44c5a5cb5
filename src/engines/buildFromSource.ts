import type { Deployment } from '../deployment/deployment.ts';
import type { Argv } from '../shell/argv.ts';
import type { NodeName, Topology } from '../topology/topology.ts';

/** How packages of an engine are built from its source, in a container of the cluster. */
export interface BuildFromSource {
  /** Runs only when `--only` names it. */
  readonly tag: string;
  /** What is built, for messages: `wheels`. */
  readonly what: string;
  /** null: no node of this deployment can build them. */
  build(deployment: Deployment, topology: Topology): Build | null;
}

export interface Build {
  /** In whose container. */
  readonly node: NodeName;
  readonly argv: Argv;
  /** Absolute folder on the host that contains what was built afterwards, and nothing else. */
  readonly folder: string;
  /** Of the files in it, as the shell matches. */
  readonly names: string;
  /** Absolute local folder that they are fetched to; `unset`: the deployment file names none, and how to name it. */
  readonly into: string | { readonly unset: string };
}
