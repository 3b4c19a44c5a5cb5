import type { BalanceTarget } from '../../balancing/targets.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { Facts } from '../../facts/facts.ts';
import { EVERYTHING } from '../../plan/select.ts';
import type { Plan } from '../../plan/step.ts';
import type { Emit, RunSummary } from '../../runner/event.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import type { ServeContext } from '../cluster/planned.ts';
import { planServe } from '../cluster/planServe.ts';
import { runPlanned } from '../cluster/run/runPlanned.ts';

export interface RollOutContext extends ServeContext {
  readonly forks: number;
  /** Asks before something that runs is stopped. */
  readonly confirm: (plan: Plan) => Promise<void>;
  /** Events of one run, shown as one. */
  readonly show: <T>(work: (emit: Emit) => Promise<T>) => Promise<T>;
}

export interface RolledOut {
  /** Nodes whose servers were started, in order. */
  readonly restarted: readonly string[];
  /** The run that failed; null: all serve what the deployment says, and a token came. */
  readonly failed: RunSummary | null;
}

/** A token through the proxy proves an instance; where servers answer themselves (mixed), it has no node. */
const PROVEN_BY = ['proxy'];

/**
 * All that bringing a target to what the deployment says would do: asked for once, however many its instances are.
 * @param found what every host said a moment ago; null: it is asked
 */
export function planRollOut(
  deployment: Deployment,
  target: BalanceTarget,
  context: RollOutContext,
  found: Facts | null = null,
): Promise<{ readonly plan: Plan; readonly clusterView: ClusterView }> {
  const limit = [...target.instances.flatMap(({ nodes }) => nodes), ...PROVEN_BY];
  return context.show((emit) => planServe(deployment, { ...EVERYTHING, limit }, found, { ...context, emit }));
}

/**
 * Brings a target's instances to what the deployment says, one after the other: the others serve meanwhile.
 * @param found what every host said a moment ago; null: it is asked
 */
export async function rollOut(
  deployment: Deployment,
  target: BalanceTarget,
  context: RollOutContext,
  found: Facts | null,
): Promise<RolledOut> {
  const restarted: string[] = [];
  for (const [place, { nodes }] of target.instances.entries()) {
    const summary = await context.show(async (emit) => {
      const own = { ...context, emit };
      // the run before this one changed the hosts
      const facts = place === 0 ? found : null;
      const planned = await planServe(deployment, { ...EVERYTHING, limit: [...nodes, ...PROVEN_BY] }, facts, own);
      if (planned.problems.length > 0) throw new UserError('bad_selection', planned.problems.join('\n'));
      return runPlanned(planned, { forks: context.forks, policy: deployment.failure, command: 'balance' }, own);
    });
    restarted.push(...startedNodes(summary));
    if (summary.exitCode !== EXIT.done) return { restarted, failed: summary };
  }
  return { restarted, failed: null };
}

function startedNodes({ results }: RunSummary): string[] {
  return results.flatMap(({ step, status }) => {
    const [tag, node, what] = step.split('/');
    return tag === 'run_server' && what === 'spawn' && status === 'changed' ? [node!] : [];
  });
}
