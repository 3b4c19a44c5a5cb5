import type { StepResult } from '../../../plan/step.ts';

/** Nothing failed but requests without the servers' key: they serve, which only they who have it can prove. */
export function deniedOnly(results: readonly StepResult[]): boolean {
  const failed = results.filter(({ status }) => status === 'failed' || status === 'unreachable');
  return failed.length > 0 && failed.every(({ denied }) => denied === true);
}
