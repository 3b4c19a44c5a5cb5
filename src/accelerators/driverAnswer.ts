import { body, lines, type Section } from '../shell/sections.ts';

const MOST_WORDS = 300;

/** `die-processes`, where the driver answered with its table, and else its own words on why not: what it printed, or `driver-silent`. */
export function driverAnswer(
  sections: readonly Section[],
  table: RegExp,
): { readonly processes: string | null; readonly driverSilent: string | null } {
  const processes = sections.find(({ name }) => name === 'die-processes')?.body;
  if (processes !== undefined && table.test(processes)) return { processes, driverSilent: null };
  const words = processes ?? body(sections, 'driver-silent');
  const last = lines(words).at(-1)?.trim().slice(0, MOST_WORDS) ?? null;
  return { processes: null, driverSilent: last ?? (processes === undefined ? null : 'it printed nothing') };
}
