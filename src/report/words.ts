import type { StepResult, StepStatus } from '../plan/step.ts';

/** `850 ms`, `12.3 s`, `4 min 05 s` */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `712 B`, `4.2 KiB`, `31.0 MiB` */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}

export function plural(count: number, word: string, words = `${word}s`): string {
  return `${count} ${count === 1 ? word : words}`;
}

/** The whole of a failure: what, where, with what command, and its last words. Indented under a line that names the step. */
export function failureLines(result: StepResult): string[] {
  return [
    ...(result.command === null ? [] : [`command: ${oneLine(result.command)}`]),
    ...(result.exitCode === null ? [] : [`exit code: ${result.exitCode}`]),
    ...result.output.slice(-LAST_LINES).map((line) => `| ${printable(line)}`),
  ];
}

const LAST_LINES = 20;

/** A host's output must not move the cursor or ring the bell: control characters are shown, not sent. */
export function printable(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (char) =>
      char === '\t' ? ' ' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

export function oneLine(text: string): string {
  const flat = printable(text.replaceAll(/\s*\n\s*/g, ' '));
  return flat.length > 500 ? `${flat.slice(0, 497)}...` : flat;
}

export function hasFailed(status: StepStatus): boolean {
  return status === 'failed' || status === 'unreachable';
}
