import type { FaultCode } from '../deployment/codes.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { Fault } from '../deployment/fault.ts';
import type { Place, Positions } from '../deployment/positions.ts';
import type { Topology } from './topology.ts';

/** What checks of the whole deployment look at. */
export interface CheckContext {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly placeOf: Positions;
}

/** A fault at a place of the deployment file. */
export function fault(
  context: CheckContext,
  code: FaultCode,
  severity: Fault['severity'],
  at: { readonly path: string } & Place,
  words: { readonly message: string; readonly hint: string },
): Fault {
  return { code, severity, ...words, file: context.deployment.file, ...at };
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
