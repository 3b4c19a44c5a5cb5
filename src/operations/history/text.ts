import { duration, utc } from '../../files/durations.ts';
import { plural } from '../../report/plural.ts';
import { oneLine, printable } from '../../report/printable.ts';
import { failureLines } from '../../report/stepFailure.ts';
import type { PastRun } from '../../state/history.ts';
import type { ListedRun } from './mergeRuns.ts';

/** One line per run, newest first, and below it the keys that it changed. */
export function historyText(
  cluster: string,
  runs: readonly ListedRun[],
  silent: readonly { readonly host: string; readonly problem: string }[] = [],
): string {
  const outcomes = Math.max(...runs.map(({ outcome }) => outcome.length));
  const owners = Math.max(...runs.map(({ by }) => by.length));
  const lines = runs.flatMap((run) => {
    const code = run.exitCode === null ? '  -' : String(run.exitCode).padStart(3);
    const by = run.by.padEnd(owners);
    const head = `${run.run}  ${utc(run.startedAt)}  ${run.command.padEnd(8)}  ${by}  ${run.outcome.padEnd(outcomes)}  ${code}  ${duration(run.durationMs).padStart(12)}  ${changes(run)}`;
    return [head, ...detailLines(run)];
  });
  return [
    ...(runs.length === 0 ? [`No run of ${cluster} is known here, or on the hosts that answered.`] : lines),
    ...silent.map(({ host, problem }) => `no answer of ${host}: ${problem}`),
  ]
    .map(printable)
    .join('\n');
}

/** Every step of one run, with the output of failed ones. */
export function runText(run: PastRun, listed: Pick<ListedRun, 'by' | 'keys' | 'overrides' | 'isMisdated'>): string {
  const width = Math.max(0, ...run.results.map(({ status }) => status.length));
  return [
    ...headLines({ ...run, ...listed }),
    `${plural(run.numSteps, 'step')}: ${changes(run)}`,
    ...run.results.flatMap((result) => [
      `  ${result.status.padEnd(width)}  ${result.step}  ${oneLine(result.message)}${result.durationMs >= 50 ? ` (${duration(result.durationMs)})` : ''}`,
      ...(result.status === 'failed' ? failureLines(result).map((line) => `      ${line}`) : []),
    ]),
    ...run.open.map((step) => `  ${'?'.padEnd(width)}  ${step}  was begun; what it did is not known`),
  ].join('\n');
}

/** A run of another machine, which has its journal. */
export function shortRunText(run: ListedRun): string {
  const machine = run.by.split('@')[1] ?? run.by;
  return [...headLines(run), changes(run), `Its steps are in the journal of ${machine}.`].map(printable).join('\n');
}

type Head = Pick<ListedRun, 'run' | 'command' | 'deployment' | 'startedAt' | 'outcome' | 'exitCode'> & Detailed;
type Detailed = Pick<ListedRun, 'by' | 'keys' | 'overrides' | 'isMisdated'>;

function headLines(run: Head): string[] {
  const code = run.exitCode === null ? '' : `, exit code ${run.exitCode}`;
  return [
    `${run.run}: ${run.command} of ${run.deployment} by ${run.by}`,
    `started ${utc(run.startedAt)}, ${run.outcome}${code}`,
    ...detailLines(run),
  ];
}

function detailLines({ keys, overrides, isMisdated }: Pick<Detailed, 'keys' | 'overrides' | 'isMisdated'>): string[] {
  return [
    ...keys,
    ...(overrides.length === 0 ? [] : [`with ${overrides.map((each) => `-e ${each}`).join(' ')}`]),
    ...(isMisdated ? ['it came after a run that is dated later: a clock was set back, or two clocks differ'] : []),
  ].map((line) => `     ${line}`);
}

function changes({ changed, failed, open }: Pick<ListedRun, 'changed' | 'failed' | 'open'>): string {
  const tags = Object.entries(changed).map(([tag, count]) => `${tag} ${count}`);
  return [
    tags.length === 0 ? 'nothing changed' : `changed ${tags.join(', ')}`,
    ...(failed.length === 0
      ? []
      : [`failed ${failed.slice(0, 3).join(', ')}${failed.length > 3 ? ` and ${failed.length - 3} more` : ''}`]),
    ...(open.length === 0 ? [] : [`${plural(open.length, 'step')} begun and not ended`]),
  ].join('; ');
}
