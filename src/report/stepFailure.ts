import type { StepResult, StepStatus } from '../plan/step.ts';
import { oneLine, printable } from './printable.ts';

const LAST_LINES = 20; // of a failed step's output

/** The whole of a failure below its message: its last words, then with what command. Indented under a line that names the step. */
export function failureLines(result: StepResult): string[] {
  return [
    ...result.output.slice(-LAST_LINES).map((line) => `| ${printable(line)}`),
    ...(result.exitCode === null ? [] : [`exit code: ${result.exitCode}`]),
    ...(result.command === null ? [] : [`command: ${oneLine(result.command)}`]),
  ];
}

export function hasFailed(status: StepStatus): boolean {
  return status === 'failed' || status === 'unreachable';
}
