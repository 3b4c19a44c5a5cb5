import type { Reasoned } from './reasoned.ts';

/** How an engine spreads one instance over its hosts; `explain` shows each value with its reason. */
export interface InstanceLayout {
  /** Dies that share each layer. */
  readonly tensorParallel: Reasoned<number>;
  /** Groups of dies that each serve requests of their own. */
  readonly dataParallel: Reasoned<number>;
  /** Stages that a request passes one after the other; shown where there are several. */
  readonly pipelineParallel: Reasoned<number>;
  /** Ranks that the experts are spread over. */
  readonly expertParallel: number;
  /** null: it keeps its cache to itself. */
  readonly kv: KvLayout | null;
  /** In the order of the group's hosts. */
  readonly hosts: readonly HostLayout[];
}

/** How the instance is known to those it hands its key-value cache to, or takes it from. */
export interface KvLayout {
  readonly role: Reasoned<string>;
  readonly rank: Reasoned<number>;
  readonly parallelSize: Reasoned<number>;
}

export interface HostLayout {
  readonly part: Part;
  /** API servers on the host. */
  readonly numServers: Reasoned<number>;
  /** API servers of the instance on earlier hosts. */
  readonly serverOffset: Reasoned<number>;
  /** Rank of the host's first die within the instance. */
  readonly rankOffset: Reasoned<number>;
  /** Further values of the engine's, under its own names. */
  readonly reasons?: Readonly<Record<string, Reasoned>>;
}

/**
 * master: its ranks meet there, and it serves; peer: serves too; headless: ranks without an API server;
 * worker: lends its dies to the master's server.
 */
export type Part = 'master' | 'peer' | 'headless' | 'worker';
