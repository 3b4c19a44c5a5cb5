import type { Group, Login, ProxyEntry, RoleSettings, ServerRole } from '../deployment/deployment.ts';

/** Who serves what where: instances, nodes, ranks and ports, and the reason of each value. Pure function of the deployment. */
export interface Topology {
  readonly cluster: string;
  /** Every host once, in the order of first mention (prefill, decode, proxy, or mixed). */
  readonly hosts: readonly TopologyHost[];
  /** Prefill instances, then decode instances, as in the global rank table; or mixed ones. */
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
  /** Position in the global rank table: P+i for decode group i. Mixed servers have no such table. */
  readonly kvRank: number;
  /** Expert-parallel ranks in all: the dies of all its hosts. */
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
  readonly tensorParallelSize: number;
  readonly dataParallelSize: number;
  readonly kvRank: number;
  readonly kvParallelSize: number;
  /** null: a mixed server keeps its cache to itself. */
  readonly kvRole: 'kv_producer' | 'kv_consumer' | null;
  readonly settings: RoleSettings;
}

export interface ProxyNode extends NodeBase {
  readonly role: 'proxy';
  readonly listenPort: number;
  readonly settings: ProxyEntry;
  /** `ip:port`, one per API server. */
  readonly prefillServers: readonly string[];
  readonly decodeServers: readonly string[];
}

export interface Reasoned {
  readonly value: string | number | boolean | readonly (string | number)[] | null;
  readonly because: string;
}

/** Ports a node binds on its host. */
export interface PortRange {
  readonly node: NodeName;
  readonly host: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  readonly purpose: 'api' | 'master' | 'zmq' | 'ray' | 'listen';
}
