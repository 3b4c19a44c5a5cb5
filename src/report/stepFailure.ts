import type { StepResult, StepStatus } from '../plan/step.ts';
import { oneLine, printable } from './printable.ts';

const LAST_LINES = 20; // of a failed step's output

/** The whole of a failure: what, where, with what command, and its last words. Indented under a line that names the step. */
export function failureLines(result: StepResult): string[] {
  return [
    ...(result.command === null ? [] : [`command: ${oneLine(result.command)}`]),
    ...(result.exitCode === null ? [] : [`exit code: ${result.exitCode}`]),
    ...result.output.slice(-LAST_LINES).map((line) => `| ${printable(line)}`),
  ];
}

export function hasFailed(status: StepStatus): boolean {
  return status === 'failed' || status === 'unreachable';
}
