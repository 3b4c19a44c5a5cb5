import type { AcceleratorName, Deployment, Group } from '../deployment/deployment.ts';
import type { Fault } from '../deployment/fault.ts';
import type { Positions } from '../deployment/positions.ts';
import type { Secret } from '../deployment/secret.ts';
import type { AnySettingsParser } from '../deployment/settingsParser.ts';
import type { Facts } from '../facts/facts.ts';
import type { Argv } from '../shell/argv.ts';
import type { InstanceLayout } from '../topology/layout.ts';
import type { NodeName, PortRange, ServerNode, Topology } from '../topology/topology.ts';
import type { ArtifactPaths } from './artifact.ts';
import type { BuildFromSource } from './buildFromSource.ts';
import type { Desired } from './desired.ts';
import type { DialectReader } from './dialectReader.ts';
import type { ExpertControl } from './expertControl.ts';
import type { InputRequest, LocalInputs, LocalPathUse } from './inputs.ts';
import type { MetricNames, TransferProof } from './metricNames.ts';
import type { Router } from './router.ts';
import type { Starter, StarterWish } from './starter.ts';

/** All that is particular to an inference engine. Adding one = one folder + one line in `engines/index.ts`. */
export interface Engine {
  readonly name: string;
  /** Those that it runs on. */
  readonly accelerators: readonly AcceleratorName[];
  /** Of its own keys of the deployment file, which are in its `settings.schema.json`. */
  readonly settings: AnySettingsParser;
  /** Tags of its artifacts, in the order in which they are brought: after the containers, before servers are stopped. */
  readonly tags: readonly string[];
  /** Absent: it is not built from source. */
  readonly build?: BuildFromSource;
  /** What its servers export of themselves. Absent: nothing. */
  readonly metrics?: MetricNames;
  /** Absent: it isn't known how. */
  readonly transferProof?: TransferProof;
  /** Absent: nothing says where its experts are, and it can't be balanced. */
  readonly experts?: ExpertControl;
  /** Why `experts` is absent, as the end of a sentence, and what its users can do instead. */
  readonly noExperts?: { readonly because: string; readonly hint: string };
  /** By the kind of path in the deployment's schema (`x-local`); kinds that are not here are the same for every engine. */
  readonly localPaths: Readonly<Record<string, LocalPathUse>>;
  inputs(deployment: Deployment): InputRequest;
  /** What this engine would refuse or misread in a deployment that is well-formed otherwise. */
  checks(deployment: Deployment, topology: Topology, inputs: LocalInputs, position: Positions): readonly Fault[];
  /** What the file asks for, and the code or the model that hosts were found to have does not allow. Absent: nothing. */
  refusals?(deployment: Deployment, topology: Topology, facts: Facts): readonly Refusal[];
  /** The key that its servers are started with, where the deployment contains it. Absent: they take none. */
  apiKey?(deployment: Deployment): Secret | null;
  /**
   * Run in a server's container, it prints for each package of its code `NAME FOLDER WANTED`, with tabs between: where it is imported from, and the
   * folder of the synced code that should hold it, or nothing. Absent: that is of no interest.
   */
  codeOrigin?(deployment: Deployment): Argv;
  /** A command in a container with the environment that servers get there. Absent: it needs none of its own. */
  inContainer?(command: Argv): Argv;
  /** Folder of a server's weights on its host. Absent: that of the deployment. */
  modelPath?(node: ServerNode, deployment: Deployment): string;
  layout(group: Group, deployment: Deployment): InstanceLayout;
  ports(node: ServerNode, topology: Topology): readonly PortRange[];
  /** Waves of starts: each is started after the one before it. A restart in turns takes the last one first. */
  order(nodes: readonly ServerNode[]): readonly (readonly NodeName[])[];
  /** Absent, or null for a deployment without one: clients ask the servers themselves. */
  router?(deployment: Deployment, topology: Topology): Router | null;
  /** Absent, or null for a deployment of which it doesn't matter: what its code accepts does not change. */
  dialect?(deployment: Deployment): DialectReader | null;
  /** What a probe must read on a server's host to compare its artifacts: known without facts. */
  artifactPaths(node: ServerNode, deployment: Deployment, topology: Topology): ArtifactPaths;
  /** The servers; a router's node is added to them. A value that needs a missing fact is an `Unknown`. */
  desired(deployment: Deployment, topology: Topology, facts: Facts, inputs: LocalInputs): Desired;
  /** As the deployment declares it, else as the model's files on the host `address` do. */
  model(deployment: Deployment, facts: Facts, address: string): ModelShape;
  /** What `init` writes for it into a new deployment file. */
  starter(wish: StarterWish): Starter;
}

/** What a version of the engine can't be given, for a host whose server needs it. */
export interface Refusal {
  /** Absent: an error. */
  readonly severity?: 'warning';
  readonly host: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The MoE shape of a model; null: neither the deployment file nor the host says it. */
export interface ModelShape {
  readonly moeLayers: number | null;
  readonly experts: number | null;
  readonly topK: number | null;
  /** Bytes of one expert's weights in one layer. */
  readonly expertBytes: number | null;
}
