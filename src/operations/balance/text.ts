import type { BalanceRecord, ChangeCost, Decision } from '../../balancing/record.ts';
import { duration, utc } from '../../files/durations.ts';
import { size } from '../../files/sizes.ts';
import { plural } from '../../report/plural.ts';
import { table } from '../../report/table.ts';

/** What a change takes: `494 experts (12.3 MiB of weights) move; d0, d1 restart, ..` */
export function costText(movedExperts: number, cost: ChangeCost): string {
  const { restarts, instances, movedBytes, awayMs, paysBackMs } = cost;
  const bytes = movedBytes === null ? '' : ` (${size(movedBytes)} of weights)`;
  const moved = `${plural(movedExperts, 'expert')}${bytes} ${movedExperts === 1 ? 'moves' : 'move'}`;
  const restart = `${restarts.join(', ')} ${restarts.length === 1 ? 'restarts' : 'restart'}`;
  const how = instances === 1 ? ', and no other instance serves meanwhile' : ', one instance after the other';
  const away =
    awayMs === null ? '' : ` (about ${duration(awayMs)}${instances === 1 ? '' : ' each'}, as at the last start)`;
  const back = paysBackMs === null ? '' : `; under full load that is gained back in ${duration(paysBackMs)}`;
  return `${moved}; ${restart}${how}${away}${back}`;
}

const HEADLINES: Readonly<Record<Decision, string>> = {
  applied: 'serves a new placement',
  kept: 'stays as it is',
  planned: 'could be better placed',
  failed: 'FAILED',
  'rolled-back': 'WENT BACK',
  'rollback-failed': 'WENT BACK, AND THAT FAILED',
};

export function balanceText({ targets }: { readonly targets: readonly BalanceRecord[] }): string {
  return targets.map(targetText).join('\n');
}

function targetText(one: BalanceRecord): string {
  const spent = Object.entries(one.timings).map(([part, ms]) => `${part.replace(/Ms$/, '')} ${duration(ms)}`);
  return [
    `${one.target} ${HEADLINES[one.decision]}: ${one.reason}`,
    ...(one.parBefore === null ? [] : [`  PAR ${par(one.parBefore)} measured before${after(one)}`]),
    ...(one.decision === 'planned' && one.cost !== null ? [`  ${costText(one.movedExperts ?? 0, one.cost)}`] : []),
    ...(one.pattern === null ? [] : [`  pattern ${one.pattern}, ${one.movedExperts} experts moved`]),
    ...(one.restarted.length === 0 ? [] : [`  restarted ${one.restarted.join(', ')}`]),
    ...(spent.length === 0 ? [] : [`  ${spent.join(', ')}`]),
  ].join('\n');
}

function after({ parPredicted, parAfter }: BalanceRecord): string {
  return [
    ...(parPredicted === null ? [] : [`, ${par(parPredicted)} predicted`]),
    ...(parAfter === null ? [] : [`, ${par(parAfter)} measured after`]),
  ].join('');
}

/** Oldest first: one line per decision. */
export function balanceHistoryText(decisions: readonly BalanceRecord[]): string {
  if (decisions.length === 0) return 'Nothing was balanced yet.';
  const head = ['when', 'what', 'decision', 'before', 'predicted', 'after', 'pattern'];
  const rows = decisions.map((one) => [
    utc(one.at),
    one.target,
    one.decision,
    ...[one.parBefore, one.parPredicted, one.parAfter].map(par),
    one.pattern ?? '-',
  ]);
  return table([head, ...rows], head.length).join('\n');
}

function par(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
