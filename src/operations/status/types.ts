import type { CodeOrigin } from '../../facts/probeOrigins.ts';
import type { ServerMetrics } from '../../facts/servers/parseMetrics.ts';
import type { PairStatus } from '../../facts/transfers/askPair.ts';
import type { TransferFindings } from '../../facts/transfers/proveTransfers.ts';
import type { Node, NodeName } from '../../topology/topology.ts';

export type State = 'serving' | 'degraded' | 'starting' | 'dead' | 'stopped' | 'unreachable';
/** `slow`, `maintenance`: tokens come, and it is known why something is not as usual. */
export type ClusterState = State | 'slow' | 'maintenance';

export interface ServerStatus {
  /** `rank 3` */
  readonly of: string;
  readonly port: number;
  /** Null: it answered 200. */
  readonly problem: string | null;
  /** It did not answer in time, and nothing explains that: it may be busy. */
  readonly isLate: boolean;
}

export interface NodeStatus {
  readonly node: NodeName;
  readonly role: Node['role'];
  readonly host: string;
  readonly state: State;
  readonly reason: string;
  readonly servers: readonly ServerStatus[];
  /** Lends its dies to another node's server, and has none of its own. */
  readonly rayWorker: boolean;
  /** Of what runs; null: nothing does. */
  readonly generation: string | null;
  /** Why `serve` would start it again although it runs; null: it runs what the deployment contains. */
  readonly restartPending: string | null;
  /** `off`, `base`, the sha256 of the pattern's file; null: not known, or no experts. */
  readonly pattern: string | null;
  readonly dynamic: boolean | null;
  /** Name of the pattern's file; null: none is installed, or it is not known. */
  readonly patternFile: string | null;
  /** How often its instance's experts were swapped since its start, while it served. */
  readonly swaps: number;
  /** Of its container; null: it has none. */
  readonly image: string | null;
  /** When its server was started, by its host's clock; null: none runs. */
  readonly since: string | null;
  /** The same as seconds before the probe. */
  readonly upS: number | null;
  /** How often docker restarted its container by itself. */
  readonly restarts: number;
  /** Where the packages of its code are imported from; null: not known. */
  readonly code: readonly CodeOrigin[] | null;
  /** The newest windows of its instance; null: it records none. */
  readonly dump: { readonly stamp: string; readonly windows: number; readonly ageS: number } | null;
  /** What was changed by hand on its host, one sentence each. */
  readonly drift: readonly string[];
}

export type Token =
  | { readonly text: string; readonly tookMs: number }
  /** It answers, and needs a key that is not known here: `denied` is its answer in words. */
  | { readonly denied: string; readonly tookMs: number }
  | { readonly problem: string; readonly isLate?: true };

export type { PairStatus };

/** What came of asking for tokens. */
export type TokenAnswer = Pick<Answers, 'tokens' | 'pairs' | 'transfers'>;

/** By node; null, or absent: not known. */
export type Origins = Readonly<Partial<Record<NodeName, readonly CodeOrigin[] | null>>>;

/** What servers answered, whatever the facts are. */
export interface Answers {
  /** By `host:port`: null is fine. */
  readonly health: ReadonlyMap<string, string | null>;
  /** Those that did not answer in time: busy, or hung. */
  readonly late: ReadonlySet<string>;
  /** By `host:port`, of those that gave them; absent: none did. */
  readonly metrics?: ReadonlyMap<string, ServerMetrics>;
  /** One per entrance of the cluster. */
  readonly tokens: readonly Token[];
  /** Empty: a token came, or pairs can't be asked. */
  readonly pairs: readonly PairStatus[];
  /** Whether KV caches go from prefill to decode; absent: that was not asked. */
  readonly transfers?: TransferFindings | null;
  /** Where servers import their code from, by node. Absent: that was not asked. */
  readonly origins?: Origins;
}
