import { plural } from '../../report/plural.ts';
import { printable } from '../../report/printable.ts';
import type { Check, Diagnosis, HostDiagnosis } from './doctor.gen.ts';
import { SUBJECTS } from './subjects.ts';

const GREEN = 32;
const RED = 31;
const YELLOW = 33;
const GREY = 90;

/** How each state is called, and its colour. */
const STATES: Readonly<Record<Check['state'], readonly [word: string, color: number]>> = {
  ok: ['ok', GREEN],
  fault: ['FAULT', RED],
  warning: ['warning', YELLOW],
  unknown: ['unknown', GREY],
};
const STATE_WIDTH = Math.max(...Object.values(STATES).map(([word]) => word.length));
const SUBJECT_WIDTH = Math.max(...SUBJECTS.map(({ length }) => length));

/** One aligned list per host, the next command below what is not right. */
export function doctorText(diagnosis: Diagnosis, hasColors: boolean): string {
  const { hosts, faults, warnings, unknown } = diagnosis;
  const counts = [
    plural(faults, 'fault'),
    plural(warnings, 'warning'),
    ...(unknown === 0 ? [] : [`${unknown} unknown`]),
  ].join(', ');
  return [...hosts.map((host) => hostText(host, hasColors)), `${plural(hosts.length, 'host')}: ${counts}`].join('\n\n');
}

function hostText({ address, hostname, nodes, checks }: HostDiagnosis, hasColors: boolean): string {
  const name = hostname === null || hostname === '' ? '' : ` (${printable(hostname)})`;
  return [`${address}${name}: ${nodes.join(', ')}`, ...checks.flatMap((check) => checkLines(check, hasColors))].join(
    '\n',
  );
}

function checkLines({ subject, state, text, next }: Check, hasColors: boolean): string[] {
  const [word, color] = STATES[state];
  const cell = word.padEnd(STATE_WIDTH);
  const painted = hasColors ? `\u001b[${color}m${cell}\u001b[0m` : cell;
  const indent = ' '.repeat(2 + STATE_WIDTH + 2 + SUBJECT_WIDTH + 2);
  return [
    `  ${painted}  ${subject.padEnd(SUBJECT_WIDTH)}  ${printable(text)}`,
    ...(next === null ? [] : [`${indent}-> ${printable(next)}`]),
  ];
}
