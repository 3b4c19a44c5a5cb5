import type { BalanceRecord, ChangeCost, Decision } from '../../balancing/record.ts';
import { duration, plural, size } from '../../report/words.ts';

/** What is shown of a decision. */
type ShownDecision = Omit<BalanceRecord, 'parOfLayers'>;

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

export function balanceText({ targets }: { readonly targets: readonly ShownDecision[] }): string {
  return targets.map(targetText).join('\n');
}

function targetText(one: ShownDecision): string {
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

function after({ parPredicted, parAfter }: ShownDecision): string {
  return [
    ...(parPredicted === null ? [] : [`, ${par(parPredicted)} predicted`]),
    ...(parAfter === null ? [] : [`, ${par(parAfter)} measured after`]),
  ].join('');
}

/** Oldest first: one line per decision. */
export function balanceHistoryText(decisions: readonly ShownDecision[]): string {
  if (decisions.length === 0) return 'Nothing was balanced yet.';
  const head = ['when', 'what', 'decision', 'before', 'predicted', 'after', 'pattern'];
  const rows = decisions.map((one) => [
    `${one.at.slice(0, 19).replace('T', ' ')} UTC`,
    one.target,
    one.decision,
    ...[one.parBefore, one.parPredicted, one.parAfter].map(par),
    one.pattern ?? '-',
  ]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]!.length), title.length),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function par(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
