import { duration } from '../../files/durations.ts';
import { size } from '../../files/sizes.ts';
import { plural } from '../../report/plural.ts';
import { table } from '../../report/table.ts';
import type { Comparison, Simulated } from './simulate.ts';
import { lossRows, lossTitle } from './simulateLoss.ts';

/** One row per policy, and a verdict. */
export function simulateText({ outcomes, shape, steps }: Simulated): string {
  const head = [
    'policy',
    'tokens/s',
    'v none',
    'PAR',
    'planning',
    'moving',
    'longest',
    'moved',
    'within',
    'across',
    'off host',
  ];
  const rows = outcomes.map((one) => [
    one.policy.label,
    one.tokensPerSecond.toFixed(0),
    gain(one.speed),
    one.parMean.toFixed(3),
    duration(one.planStallSeconds * 1e3),
    duration(one.moveStallSeconds * 1e3),
    duration(one.worstStallMs),
    String(one.expertsMoved),
    size(one.bytesWithinHosts),
    size(one.bytesAcrossHosts),
    `${(100 * one.acrossShare).toFixed(1)} %`,
  ]);
  const hosts = Math.ceil(shape.ranks / shape.ranksPerHost);
  return [
    `${plural(steps, 'pass', 'passes')}, ${shape.layers} layers x ${shape.experts} experts on ${shape.ranks} ranks of ${plural(hosts, 'host')}`,
    '',
    ...table([head, ...rows]),
    '',
    ...lossLines(outcomes),
    verdictText(outcomes),
  ].join('\n');
}

function lossLines(outcomes: readonly Comparison[]): string[] {
  const title = lossTitle(outcomes);
  if (title === null) return [];
  const notes = outcomes.flatMap(({ policy, loss }) => (loss?.note ? [`${policy.label}: ${loss.note}`] : []));
  return [title, '', ...table(lossRows(outcomes)), ...notes, ''];
}

/** `+12.3 %` */
export function gain(speed: number): string {
  const percent = 100 * (speed - 1);
  return `${percent >= 0 ? '+' : '-'}${Math.abs(percent).toFixed(1)} %`;
}

/** What pays most, and what is worse than doing nothing. */
export function verdictText(outcomes: readonly Comparison[]): string {
  const others = outcomes.filter(({ policy }) => policy.name !== 'none');
  const best = others.reduce<(typeof others)[number] | undefined>(
    (a, b) => (a === undefined || b.speed > a.speed ? b : a),
    undefined,
  );
  const worse = others.filter(({ speed }) => speed < 1).map(({ policy, speed }) => `${policy.label} (${gain(speed)})`);
  const lines: string[] = [];
  if (best !== undefined && best.speed > 1)
    lines.push(`Best: ${best.policy.label}, ${gain(best.speed)} tokens per second over no balancing.`);
  else if (best !== undefined) lines.push('No policy is better than no balancing here.');
  if (worse.length > 0) lines.push(`Worse than doing nothing: ${worse.join(', ')}.`);
  const idle = others.filter(({ expertsMoved }) => expertsMoved === 0).map(({ policy }) => policy.label);
  if (idle.length > 0) lines.push(`Never moved an expert in this trace: ${idle.join(', ')}.`);
  lines.push('Times are those of the cost model, not measured.');
  return lines.join('\n');
}
