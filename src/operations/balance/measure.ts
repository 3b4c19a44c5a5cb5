import { type BalanceTarget, balanceTargets } from '../../balancing/targets.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { UserError } from '../../errors/userError.ts';
import { buildClusterView, type ClusterView } from '../cluster/clusterView.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { probe } from '../cluster/planServe.ts';
import { recordingControlOf } from '../cluster/recordingControl.ts';
import { type Collected, collect } from './collect.ts';
import type { BalanceChoices, BalanceContext } from './types.ts';

/** The newest windows that count: an hour of them. */
const NEWEST = 60;

/** The newest windows of a target, with what served while they were recorded. */
export async function collectNow(
  target: BalanceTarget,
  deployment: Deployment,
  context: BalanceContext,
  { windows, waitMs }: BalanceChoices,
  /** as it was found a moment ago; null: it is asked */
  found: ClusterView | null = null,
): Promise<Collected> {
  const clusterView = found ?? (await viewNow(deployment, context));
  return collect(context.pool.open, clusterView, target, {
    out: context.dumpFolder,
    windows,
    atMost: NEWEST,
    waitMs,
    signal: context.signal,
    say: context.say,
  });
}

async function viewNow(deployment: Deployment, context: BalanceContext): Promise<ClusterView> {
  const inputs = await readLocalInputs(deployment);
  return buildClusterView(deployment, inputs, await probe(deployment, inputs, context));
}

/** What was measured, or why nothing was. */
export async function measureAfter(
  name: string,
  deployment: Deployment,
  context: BalanceContext,
  choices: BalanceChoices,
): Promise<Collected | string> {
  try {
    return await collectNow(targetNamed(name, deployment), deployment, context, choices);
  } catch (error) {
    if (error instanceof UserError && error.code === 'too_few_windows') return error.message;
    throw error;
  }
}

export function targetNamed(name: string, deployment: Deployment): BalanceTarget {
  const experts = recordingControlOf(engineOf(deployment.engine));
  const { targets, problems } = balanceTargets(topologyOf(deployment), 'all', experts);
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new UserError('nothing_to_balance', [`there is no ${name}`, ...problems].join('\n'));
  return target;
}
