import type { Deployment } from '../deployment/deployment.ts';
import type { Fault } from '../deployment/fault.ts';
import { validateFile } from '../operations/validate.ts';
import { faultsSummary, faultsText } from '../report/faults.ts';
import { UserError } from './userError.ts';

export interface LoadedDeployment {
  readonly deployment: Deployment;
  readonly warnings: readonly Fault[];
  /** The warnings as text, for stderr; empty without any. */
  readonly warningsText: string;
}

/** The deployment a command works on; with a fault in it, an error that shows all of them (exit code 2). */
export async function loadDeployment(file: string, overrides: readonly string[]): Promise<LoadedDeployment> {
  const { deployment, faults, text } = await validateFile(file, { overrides, forRun: true });
  const shown = faultsText(faults, new Map([[file, text]]));
  if (deployment === null) {
    throw new UserError('bad_deployment', `${shown}\n${faultsSummary([file], faults)}`, { faults });
  }
  return { deployment, warnings: faults, warningsText: shown };
}
