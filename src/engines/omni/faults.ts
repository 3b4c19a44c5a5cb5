import type { FaultCode } from '../../deployment/codes.ts';
import type { Deployment, Group } from '../../deployment/deployment.ts';
import type { Fault } from '../../deployment/fault.ts';
import type { Instance } from '../../topology/topology.ts';
import { writtenAt } from '../../topology/writtenAt.ts';
import type { LocalInputs, Positions } from '../engine.ts';

/** What the checks of one instance look at. */
export interface CheckContext {
  readonly deployment: Deployment;
  readonly instance: Instance;
  readonly inputs: LocalInputs;
  readonly position: Positions;
}

export interface Words {
  readonly message: string;
  readonly hint: string;
}

/** A fault at the place that says `key` of the instance's group: `placement.enable_dump`. */
export function faultAt(
  { deployment, instance, position }: CheckContext,
  code: FaultCode,
  severity: Fault['severity'],
  key: string,
  words: Words,
): Fault {
  const { group } = instance;
  // of a key that should not be there, the key is to blame
  const part = code === 'engine_key' ? 'key' : undefined;
  const at = writtenAt(position, { role: group.role, name: group.name, address: null }, key, part);
  return { code, severity, ...words, file: deployment.file, ...at };
}

export function groupInWords({ role, name }: Group): string {
  return `${role} ${name}`;
}
