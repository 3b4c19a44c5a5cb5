import type { Group, Login, RoleSettings, ServerRole } from '../deployment/deployment.ts';
import type { Part } from './layout.ts';
import type { Reasoned } from './reasoned.ts';

/** Who serves what where: instances, nodes, ranks and ports, and the reason of each value. Pure function of the deployment. */
export interface Topology {
  readonly cluster: string;
  /** Every host once, in the order of first mention (prefill, decode, proxy, or mixed). */
  readonly hosts: readonly TopologyHost[];
  /** Prefill instances, then decode instances; or mixed ones. */
  readonly instances: readonly Instance[];
  /** p0 p1 .. d0 d1 .. c0, or m0 m1 .. */
  readonly nodes: readonly Node[];
  /** Number of prefill instances (P) and decode instances (D). */
  readonly numPrefill: number;
  readonly numDecode: number;
}

export interface TopologyHost {
  readonly address: string;
  readonly login: Login;
  readonly nodes: readonly NodeName[];
}

/** One serving unit: a prefill group, a decode group (all its hosts together), or a mixed group. */
export interface Instance {
  readonly role: ServerRole;
  readonly group: Group;
  /** Expert-parallel ranks in all. */
  readonly numRanks: number;
  readonly nodes: readonly NodeName[];
  readonly master: NodeName;
  readonly masterAddress: string;
}

export type NodeName = `p${number}` | `d${number}` | `c${number}` | `m${number}`;
export type Node = ServerNode | ProxyNode;

interface NodeBase {
  readonly name: NodeName;
  readonly host: string;
  /** `<prefix>_<role>_<node>` */
  readonly container: string;
  /** Every value with its reason, for `explain`. */
  readonly reasons: Readonly<Record<string, Reasoned>>;
}

export interface ServerNode extends NodeBase {
  readonly role: ServerRole;
  /** Index into `Topology.instances`. */
  readonly instance: number;
  /** Index of this host within its instance; 0 is the master. */
  readonly nodeRank: number;
  readonly dies: readonly number[];
  /** Rank of this host's first die within the instance. */
  readonly rankOffset: number;
  readonly masterAddress: string;
  readonly masterPort: number;
  readonly baseApiPort: number;
  /** Processes that serve the API on this host, on baseApiPort .. baseApiPort + numServers - 1. */
  readonly numServers: number;
  /** Offset of this host's first API server among the instance's. */
  readonly serverOffset: number;
  readonly part: Part;
  readonly tensorParallelSize: number;
  readonly dataParallelSize: number;
  readonly pipelineParallelSize: number;
  /** null: it keeps its key-value cache to itself. */
  readonly kv: { readonly role: string; readonly rank: number; readonly parallelSize: number } | null;
  readonly settings: RoleSettings;
}

/** The deployment's router, whatever its program is: that is its engine's. */
export interface ProxyNode extends NodeBase {
  readonly role: 'proxy';
  readonly listenPort: number;
}

/** Ports a node binds on its host. */
export interface PortRange {
  readonly node: NodeName;
  readonly host: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  /** In a word: `api`. */
  readonly purpose: string;
  /** In a sentence, before the node's name: `the API servers of`. */
  readonly what: string;
  /** Key of the deployment file that sets it; null: the engine sets it. */
  readonly key: string | null;
  /** Ports behind it that ranks of the node may take as well, and what for: `to hand over their cache`. */
  readonly further?: { readonly count: number; readonly purpose: string };
  /** Bound without SO_REUSEADDR: connections of an earlier server keep it taken until they are gone. */
  readonly isExclusive?: true;
}
