import type { Node, NodeName } from '../../topology/topology.ts';

export type State = 'serving' | 'degraded' | 'starting' | 'dead' | 'stopped' | 'unreachable';

export interface ServerStatus {
  /** `rank 3` */
  readonly of: string;
  readonly port: number;
  /** Null: it answered 200. */
  readonly problem: string | null;
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
  /** Why `serve` would start it anew although it runs; null: it runs what the deployment says. */
  readonly restartPending: string | null;
  /** `off`, `base`, the sha256 of the pattern's file; null: not known, or no experts. */
  readonly pattern: string | null;
  readonly dynamic: boolean | null;
  /** The newest windows of its instance; null: it records none. */
  readonly dump: { readonly stamp: string; readonly windows: number; readonly ageS: number } | null;
  /** What was changed by hand on its host, one sentence each. */
  readonly drift: readonly string[];
}

export type Token = { readonly text: string; readonly tookMs: number } | { readonly problem: string };

/** What servers said, whatever the facts say. */
export interface Answers {
  /** By `host:port`: null is fine. */
  readonly health: ReadonlyMap<string, string | null>;
  /** One per entrance of the cluster. */
  readonly tokens: readonly Token[];
}
