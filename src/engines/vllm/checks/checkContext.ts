import type { FaultCode } from '../../../deployment/codes.ts';
import type { Deployment, RoleSettings } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Instance, Topology } from '../../../topology/topology.ts';
import { writtenAt } from '../../../topology/writtenAt.ts';
import type { UsedTable } from '../flags/flagTable.ts';
import { valuesByFlag } from '../flags/writtenArguments.ts';
import { type VllmRoleSettings, vllmRoleSettings } from '../vllmSettings.ts';

/** What the checks of one instance look at. */
export interface InstanceContext {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly instance: Instance;
  readonly settings: RoleSettings;
  readonly own: VllmRoleSettings;
  readonly used: UsedTable;
  /** Of `extra_args`, by flag. */
  readonly values: ReadonlyMap<string, string>;
  readonly position: Positions;
}

interface Words {
  readonly message: string;
  readonly hint: string;
}

export function instanceContext(
  instance: Instance,
  cluster: Pick<InstanceContext, 'deployment' | 'topology' | 'used' | 'position'>,
): InstanceContext {
  const { settings } = instance.group;
  const values = valuesByFlag(settings.extraArgs, cluster.used.table);
  return { ...cluster, instance, settings, own: vllmRoleSettings(settings), values };
}

/** A fault at the place that sets `key` of the instance's group. */
export function instanceFault(
  { deployment, instance, position }: InstanceContext,
  code: FaultCode,
  severity: Fault['severity'],
  key: string | readonly string[],
  words: Words,
): Fault {
  const { role, name } = instance.group;
  return {
    code,
    severity,
    ...words,
    file: deployment.file,
    ...writtenAt(position, { role, name, address: null }, key),
  };
}

export function inWords({ instance }: InstanceContext): string {
  return `${instance.role} ${instance.group.name}`;
}
