import { LabError } from '../labError.ts';
import { requireState } from '../state.ts';
import type { FaultTable } from './fault.ts';
import { latencyFaults } from './latency.ts';
import { networkFaults } from './networkFaults.ts';
import { powerFaults } from './power.ts';
import { resourceFaults } from './resources.ts';
import { serviceFaults } from './services.ts';

/** Everything that `lab fault` can do to a host. */
export const FAULTS: FaultTable = {
  ...networkFaults,
  ...latencyFaults,
  ...serviceFaults,
  ...resourceFaults,
  ...powerFaults,
};

export interface FaultRequest {
  readonly lab: string;
  readonly kind: string;
  /** From 1. */
  readonly host: number;
  readonly argument: string | null;
}

/** Does to a host what `kind` says; returns when it holds. */
export async function injectFault(request: FaultRequest, signal?: AbortSignal): Promise<void> {
  const fault = FAULTS[request.kind];
  if (fault === undefined) {
    const hint = `the kinds are: ${Object.keys(FAULTS).join(', ')}`;
    throw new LabError('lab_usage', `there is no fault '${request.kind}'`, hint);
  }
  if (fault.argument === null && request.argument !== null) {
    throw new LabError('lab_usage', `the fault '${request.kind}' takes no argument`, null);
  }
  const lab = requireState(request.lab);
  const host = lab.hosts.find(({ number }) => number === request.host);
  if (host === undefined) {
    const hint = `its hosts are 1 to ${lab.hosts.length}`;
    throw new LabError('lab_usage', `lab '${lab.name}' has no host ${request.host}`, hint);
  }
  await fault.inject({ lab, host, argument: request.argument ?? fault.argument?.default ?? '', signal });
}

/** One line per kind, for the help. */
export function describeFaults(): string {
  const width = Math.max(...Object.keys(FAULTS).map((kind) => kind.length));
  const lines = Object.entries(FAULTS).map(([kind, { does, argument }]) => {
    const taken = argument === null ? '' : ` (--arg ${argument.name}, default ${argument.default})`;
    return `${kind.padEnd(width)}  ${does}${taken}`;
  });
  return lines.join('\n');
}
