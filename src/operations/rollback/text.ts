import { utc } from '../../files/durations.ts';
import { printable } from '../../report/printable.ts';
import { table } from '../../report/table.ts';
import type { Listed, ListedGeneration } from './listGenerations.ts';

/** One line per generation, the one that served last first, and below it what it changed. */
export function generationsText({ generations, silent }: Listed): string {
  const rows = generations.map((each) => [
    each.isDesired ? '*' : '',
    each.run,
    each.at === null ? '-' : utc(each.at),
    each.generation.slice(0, 12),
    each.by ?? '-',
    noteOf(each),
  ]);
  const [head, ...lines] = table([['', 'run', 'first served', 'generation', 'by', ''], ...rows], 6);
  const listed = lines.flatMap((line, at) => [line, ...detailsOf(generations[at]!).map((text) => `     ${text}`)]);
  return [
    ...(lines.length === 0 ? ['No generation that served is kept on the hosts.'] : [head!, ...listed]),
    ...silent.map(({ host, problem }) => `no answer of ${host}: ${problem}`),
  ]
    .map(printable)
    .join('\n');
}

function noteOf({ isDesired, isNext, missingOn }: ListedGeneration): string {
  return [
    ...(isDesired ? ['what the hosts should run'] : []),
    ...(isNext ? ['rollback goes here'] : []),
    ...(missingOn.length === 0 ? [] : [`not kept on ${missingOn.join(', ')}`]),
  ].join('; ');
}

function detailsOf({ keys, overrides }: ListedGeneration): string[] {
  return [...keys, ...(overrides.length === 0 ? [] : [`with ${overrides.map((each) => `-e ${each}`).join(' ')}`])];
}
