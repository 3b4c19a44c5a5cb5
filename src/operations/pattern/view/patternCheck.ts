import { printable } from '../../../report/printable.ts';
import type { CheckAnswer } from '../check.ts';
import type { SurviveAnswer, UnitLoss } from '../survive.ts';
import { slotsText } from './patternBuild.ts';

/** What is wrong with a placement file, its shape and its verdict. */
export function checkText(answer: CheckAnswer): string {
  const shown = answer.faults.slice(0, MOST_FAULTS);
  const hidden = answer.faults.length - shown.length;
  const { layers, experts, ranks, maxReplicas } = answer;
  const slots = slotsText(answer.slotsPerRank);
  return [
    ...shown.map(({ severity, code, message }) => `${severity} ${code}: ${printable(message)}`),
    ...(hidden > 0 ? [`.. and ${hidden} more`] : []),
    `${answer.file}: ${answer.format}, ${layers} layers x ${experts} experts on ${ranks} ranks, ${slots}, at most ${maxReplicas} of an expert`,
    ...(answer.fits === null || answer.fits.length === 0 ? [] : [`fits ${answer.fits.join(', ')}`]),
    verdict(answer),
    ...(answer.survive === null ? [] : surviveLines(answer.survive, layers * experts)),
  ].join('\n');
}

function verdict({ ok, faults }: CheckAnswer): string {
  const sound = faults.every(({ severity, code }) => severity === 'warning' || code === 'pattern_shape');
  if (!sound) return 'NOT SOUND';
  return `sound: every expert is placed, none twice on a rank${ok ? '' : '; but it DOES NOT FIT the deployment'}`;
}

const MOST_FAULTS = 20;

function surviveLines(answer: SurviveAnswer, all: number): string[] {
  const { unit, covered, lostExperts, leastLostExperts, slotsToCoverAll, losses } = answer;
  if (covered) return [`survives: any one ${unit} may be lost, every expert stands on two ${unit}s or more`];
  const shown = losses.slice(0, MOST_LOSSES);
  return [
    `DOES NOT SURVIVE the loss of any one ${unit}: ${lostExperts} of ${all} experts stand on one ${unit} only`,
    leastLostExperts === 0
      ? `there are slots enough to cover all: build with --cover ${unit}`
      : `with these slots at least ${leastLostExperts} must; ${remedy(unit, slotsToCoverAll)}`,
    ...shown.map(lossLine),
    ...(losses.length > shown.length ? [`.. and ${losses.length - shown.length} more ${unit}s; --json lists all`] : []),
  ];
}

function remedy(unit: SurviveAnswer['unit'], slotsToCoverAll: number | null): string {
  if (slotsToCoverAll !== null) return `all can be covered with ${slotsToCoverAll} slots per rank`;
  return unit === 'rank' ? 'there is one rank only' : 'all ranks are on one host, --ranks-per-host says';
}

function lossLine({ name, experts, layers }: UnitLoss): string {
  const shown = layers.slice(0, MOST_LAYERS).map((one) => {
    const more = one.experts.length - MOST_EXPERTS;
    return `layer ${one.layer}: ${one.experts.slice(0, MOST_EXPERTS).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
  });
  const rest = layers.length - shown.length;
  return `  ${name} takes ${experts} with it: ${shown.join('; ')}${rest > 0 ? `; and in ${rest} more layers` : ''}`;
}

const MOST_LOSSES = 16;
const MOST_LAYERS = 2;
const MOST_EXPERTS = 12;
