import { duration, utc } from '../../files/durations.ts';
import { plural } from '../../report/plural.ts';
import { oneLine } from '../../report/printable.ts';
import { failureLines } from '../../report/stepFailure.ts';
import type { PastRun } from '../../state/history.ts';

/** One line per run, newest first. */
export function historyText(cluster: string, runs: readonly PastRun[]): string {
  if (runs.length === 0) return `No run of ${cluster} was started from here.`;
  const width = Math.max(...runs.map(({ outcome }) => outcome.length));
  return runs
    .map((run) => {
      const code = run.exitCode === null ? '  -' : String(run.exitCode).padStart(3);
      return `${run.run}  ${utc(run.startedAt)}  ${run.command.padEnd(7)}  ${run.outcome.padEnd(width)}  ${code}  ${duration(run.durationMs).padStart(12)}  ${changes(run)}`;
    })
    .join('\n');
}

/** Every step of one run, with what a failed one said. */
export function runText(run: PastRun): string {
  const code = run.exitCode === null ? '' : `, exit code ${run.exitCode}`;
  const width = Math.max(0, ...run.results.map(({ status }) => status.length));
  return [
    `${run.run}: ${run.command} of ${run.deployment}`,
    `started ${utc(run.startedAt)}, ${run.outcome}${code}, ${plural(run.numSteps, 'step')}: ${changes(run)}`,
    ...run.results.flatMap((result) => [
      `  ${result.status.padEnd(width)}  ${result.step}  ${oneLine(result.message)}${result.durationMs >= 50 ? ` (${duration(result.durationMs)})` : ''}`,
      ...(result.status === 'failed' ? failureLines(result).map((line) => `      ${line}`) : []),
    ]),
    ...run.open.map((step) => `  ${'?'.padEnd(width)}  ${step}  was begun; what it did is not known`),
  ].join('\n');
}

function changes({ changed, failed, open }: PastRun): string {
  const tags = Object.entries(changed).map(([tag, count]) => `${tag} ${count}`);
  return [
    tags.length === 0 ? 'nothing changed' : `changed ${tags.join(', ')}`,
    ...(failed.length === 0
      ? []
      : [`failed ${failed.slice(0, 3).join(', ')}${failed.length > 3 ? ` and ${failed.length - 3} more` : ''}`]),
    ...(open.length === 0 ? [] : [`${plural(open.length, 'step')} begun and not ended`]),
  ].join('; ');
}
