import type { FaultCode } from '../../../deployment/codes.ts';
import type { Deployment, Group, RoleSettings } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Instance } from '../../../topology/topology.ts';
import { writtenAt } from '../../../topology/writtenAt.ts';
import type { LocalInputs } from '../../inputs.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { OmniRoleSettings } from '../settings.ts';

/** Keys whose value may come from a shorter word of the file. */
const SHORT_FOR: Readonly<Record<string, string>> = {
  'placement.enabled': 'placement.mode',
  'placement.enable_dynamic': 'placement.mode',
  'placement.max_redundant_per_expert': 'placement.mode',
  'placement.max_redundant_per_rank': 'placement.mode',
  'placement.enable_dump': 'placement.dump',
};

/** What the checks of one instance look at. */
export interface CheckContext {
  readonly deployment: Deployment;
  readonly instance: Instance;
  /** Of the code that will run. */
  readonly dialect: Dialect;
  /** Not assumed. */
  readonly isDialectRead: boolean;
  readonly settings: RoleSettings;
  /** Those of OmniInfer's own keys. */
  readonly own: OmniRoleSettings;
  /** The host whose own settings these are; null: the group's. */
  readonly address: string | null;
  readonly inputs: LocalInputs;
  readonly position: Positions;
}

export interface Words {
  readonly message: string;
  readonly hint: string;
}

/** A fault at the place that says `key` of the instance's group: `placement.enable_dump`. */
export function faultAt(
  { deployment, instance, address, position }: CheckContext,
  code: FaultCode,
  severity: Fault['severity'],
  key: string,
  words: Words,
): Fault {
  const { group } = instance;
  // of a key that should not be there, the key is to blame
  const part = code === 'engine_key' || code === 'engine_variable' ? 'key' : undefined;
  const keys = [key, ...(SHORT_FOR[key] === undefined ? [] : [SHORT_FOR[key]])];
  const at = writtenAt(position, { role: group.role, name: group.name, address }, keys, part);
  return { code, severity, ...words, file: deployment.file, ...at };
}

export function groupInWords({ role, name }: Group): string {
  return `${role} ${name}`;
}
