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
  /** The host whose `host <ip>` block counts; null: the hosts that have the settings of the group. */
  readonly address: string | null;
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

/** One for each host whose `host <ip>` block changes settings, and one for all others. */
export function instanceContexts(
  instance: Instance,
  cluster: Pick<InstanceContext, 'deployment' | 'topology' | 'used' | 'position'>,
): readonly InstanceContext[] {
  const { hosts, settings: ofGroup } = instance.group;
  const text = JSON.stringify(ofGroup);
  const own = hosts.filter(({ settings }) => JSON.stringify(settings) !== text);
  const seen = own.map(({ address, settings }) => [address, settings] as const);
  const all = own.length === hosts.length ? seen : [[null, ofGroup] as const, ...seen];
  return all.map(([address, settings]) => {
    const values = valuesByFlag(settings.extraArgs, cluster.used.table);
    return { ...cluster, instance, address, settings, own: vllmRoleSettings(settings), values };
  });
}

/** A fault at the place that sets `key` of the instance's group, or of its host. */
export function instanceFault(
  { deployment, instance, address, position }: InstanceContext,
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
    ...writtenAt(position, { role, name, address }, key),
  };
}

export function inWords({ instance: { role, group }, address }: InstanceContext): string {
  return `${role} ${group.name}${address === null || group.hosts.length === 1 ? '' : ` on ${address}`}`;
}
