import { masked, plainSecrets } from '../../deployment/plainSecrets.ts';
import type { Plan } from '../../plan/step.ts';
import type { ReadApiKey } from '../../runner/context.ts';
import type { Emit } from '../../runner/event.ts';
import type { Pool } from '../../transport/pool.ts';
import type { ClusterView } from './clusterView.ts';

export interface ServeContext {
  readonly pool: Pool;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Milliseconds since the run began. */
  readonly nowMs: () => number;
  readonly now: () => Date;
  /** The key that requests to servers carry; absent, or null: none. */
  readonly apiKey?: ReadApiKey;
  /** Where journals are kept. */
  readonly stateFolder: string;
}

export interface Planned {
  readonly clusterView: ClusterView;
  /** The selected part. */
  readonly plan: Plan;
  /** Why the selection can't be run; empty: it can. */
  readonly problems: readonly string[];
  /** Nothing that has to be done was left out: once a token came, the cluster is what its deployment says. */
  readonly whole?: boolean;
}

/** The plan as it may be shown: files and arguments without the secrets of their deployment. */
export function shownPlan({ plan, clusterView }: Planned): Plan {
  return masked(plan, plainSecrets(clusterView.deployment));
}
