import type { Trial } from '../../simulation/index.ts';
import type { Swept } from './sweep.ts';
import { gain } from './text.ts';

/** A paragraph per policy: what to set, what it brings, and how sure that is. */
export function sweepText({ steps, seeds, recommendations }: Swept): string {
  return [
    `tokens per second over no balancing, mean of ${seeds} traces of ${steps} passes and its 95 % margin`,
    ...recommendations.map(paragraph),
    'Times are those of the cost model, not measured.',
  ].join('\n\n');
}

function paragraph({ name, best, standard, asGood, pays, form }: Swept['recommendations'][number]): string {
  const lines = [
    `${name}: ${withMargin(best)} with ${best.policy.label}`,
    ...(best === standard ? ['  these are its own settings'] : [`  ${withMargin(standard)} with its own settings`]),
    ...(best.moved > 0
      ? []
      : [
          '  it never moved an expert: the traces are too short for its intervals (take more --steps) or well balanced',
        ]),
    ...(pays || best.moved === 0 ? [] : ['  not better than no balancing beyond doubt: leave it off']),
    ...(asGood.length === 0
      ? []
      : [`  ${asGood.length} other settings can't be told from it, ${asGood[0]!.policy.label} among them`]),
  ];
  if (form !== null && pays) lines.push(`  ${form.where}:`, ...form.text.split('\n').map((line) => `    ${line}`));
  return lines.join('\n');
}

function withMargin({ mean, margin }: Trial): string {
  return `${gain(mean)} (± ${(100 * margin).toFixed(1)} %)`;
}
