import { posix } from 'node:path';
import type { Step, StepResult } from '../plan/step.ts';

/** Of a digest: enough to tell files of one path apart. */
const DIGITS = 16;

/** A line for each file that a run's steps put on a host, for the host's list of them. @param folder of the cluster */
export function wroteLines(
  steps: readonly Step[],
  results: readonly StepResult[],
  host: string,
  folder: string,
): readonly string[] {
  const changed = new Set<string>(results.filter(({ status }) => status === 'changed').map(({ step }) => step));
  return steps.flatMap((step) =>
    step.host === host && step.action.kind === 'put' && changed.has(step.id)
      ? step.action.files.map(({ path, sha256 }) => wroteLine(path, sha256, folder))
      : [],
  );
}

/** Whether omniplace put a file with this content there, as the host's list has it. */
export function isWritten(list: string | null | undefined, path: string, digest: string, folder: string): boolean {
  return (list ?? '').split('\n').includes(wroteLine(path, digest, folder));
}

function wroteLine(path: string, digest: string, folder: string): string {
  return `${digest.slice(0, DIGITS)} ${posix.relative(folder, path)}`;
}
