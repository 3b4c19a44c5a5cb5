import { duration } from '../../files/durations.ts';
import { plural } from '../../report/plural.ts';
import type { LossOutcome, Outcome, RtoPart } from '../../simulation/index.ts';

type WithLoss = Pick<Outcome, 'policy' | 'loss'>;

/** Null: nothing is lost. */
export function lossTitle(outcomes: readonly WithLoss[]): string | null {
  const loss = outcomes[0]?.loss ?? null;
  if (loss === null) return null;
  const { ranks, step } = loss;
  const shown = ranks.length > 8 ? `${ranks.slice(0, 8).join(' ')} ..` : ranks.join(' ');
  return `${plural(ranks.length, 'rank')} (${shown}) lost at pass ${step}:`;
}

export const RTO_PARTS: readonly RtoPart['name'][] = ['detect', 'regroup', 'maps', 'load', 'start'];

/** How each policy comes back, with the time out of service and its parts. */
export function lossRows(outcomes: readonly WithLoss[]): string[][] {
  const head = [
    'policy',
    'goes on with',
    'out of service',
    ...RTO_PARTS,
    're-placed after',
    'held by nobody',
    'tokens/s before',
    'and after',
  ];
  const rows = outcomes.flatMap(({ policy, loss }) => (loss === null ? [] : [[policy.label, ...cellsOf(loss)]]));
  return [head, ...rows];
}

function cellsOf(loss: LossOutcome): string[] {
  return [
    loss.how === 'recover' ? 'survivors' : 'a new start',
    duration(loss.rtoMs),
    ...RTO_PARTS.map((name) => {
      const part = loss.parts.find((one) => one.name === name);
      return part === undefined ? '-' : duration(part.ms);
    }),
    loss.replacedMs === null ? '-' : duration(loss.replacedMs),
    loss.how === 'recover' ? plural(loss.missingExperts, 'expert') : '-',
    loss.tokensPerSecondBefore.toFixed(0),
    loss.tokensPerSecondAfter.toFixed(0),
  ];
}
