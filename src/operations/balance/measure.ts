import type { Overlay } from '../../balancing/overlay.ts';
import { type BalanceTarget, balanceTargets } from '../../balancing/targets.ts';
import { UserError } from '../../errors/userError.ts';
import { buildTopology } from '../../topology/build.ts';
import { drawPicture, type Picture } from '../cluster/clusterView.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { probe } from '../cluster/planServe.ts';
import { type Collected, collect } from './collect.ts';
import type { BalanceChoices, BalanceContext } from './types.ts';

/** The newest windows that count: an hour of them. */
const NEWEST = 60;

/** The newest windows of a target, with what served while they were recorded. */
export async function collectNow(
  name: string,
  overlay: Overlay,
  context: BalanceContext,
  { windows }: BalanceChoices,
  waitMs: number,
  /** as it was found a moment ago; null: it is asked */
  found: Picture | null = null,
): Promise<Collected> {
  const picture = found ?? (await look(overlay, context));
  return collect(context.pool.open, picture, await targetNamed(name, overlay, context), {
    out: context.dumpFolder,
    windows,
    atMost: NEWEST,
    waitMs,
    signal: context.signal,
    say: context.say,
  });
}

async function look(overlay: Overlay, context: BalanceContext): Promise<Picture> {
  const deployment = await context.load(overlay);
  const inputs = await readLocalInputs(deployment);
  return drawPicture(deployment, inputs, await probe(deployment, inputs, context));
}

/** What was measured, or why nothing was. */
export async function measureAfter(
  name: string,
  overlay: Overlay,
  context: BalanceContext,
  choices: BalanceChoices,
): Promise<Collected | string> {
  try {
    return await collectNow(name, overlay, context, choices, choices.waitMs);
  } catch (error) {
    if (error instanceof UserError && error.code === 'too_few_windows') return error.message;
    throw error;
  }
}

export async function targetNamed(name: string, overlay: Overlay, context: BalanceContext): Promise<BalanceTarget> {
  const { targets, problems } = balanceTargets(buildTopology(await context.load(overlay)), 'all');
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new UserError('nothing_to_balance', [`there is no ${name}`, ...problems].join('\n'));
  return target;
}
