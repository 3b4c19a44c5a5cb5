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

/**
 * The deployment a command works on; with a fault in it, an error that shows all of them (exit code 2).
 * `forRun`: its local files (code, wheels, patterns, keys) will be needed, so a missing one is an error; else it is no matter.
 */
export async function loadDeployment(
  file: string,
  overrides: readonly string[],
  { forRun = false }: { readonly forRun?: boolean } = {},
): Promise<LoadedDeployment> {
  const validation = await validateFile(file, { overrides, forRun });
  const faults = validation.faults.filter(({ code }) => forRun || code !== 'missing_local_file');
  const shown = faultsText(faults, new Map([[file, validation.text]]));
  if (validation.deployment === null) {
    throw new UserError('bad_deployment', `${shown}\n\n${faultsSummary([file], faults)}`, { faults });
  }
  return { deployment: validation.deployment, warnings: faults, warningsText: shown };
}
