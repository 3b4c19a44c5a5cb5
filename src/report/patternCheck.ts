import type { CheckAnswer } from '../patterns/check.ts';
import { slotsText } from './patternBuild.ts';
import { printable } from './words.ts';

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
    answer.ok ? 'sound: every expert is placed, none twice on a rank' : 'NOT SOUND',
  ].join('\n');
}

const MOST_FAULTS = 20;
