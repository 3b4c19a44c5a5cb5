import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Instance, Topology } from '../../../topology/topology.ts';
import type { LocalInputs } from '../../inputs.ts';
import { checkGroups } from './checkGroups.ts';
import { checkKeys } from './checkKeys.ts';
import { checkPlacement } from './checkPlacement.ts';
import { checkProxy, checkSequenceLength } from './checkSizes.ts';
import { checkWheels } from './checkWheels.ts';
import type { CheckContext } from './faults.ts';

/** What OmniInfer or OmniPlacement would refuse, drop or misread. What several groups inherit from one place is said once. */
export function checks(
  deployment: Deployment,
  topology: Topology,
  inputs: LocalInputs,
  position: Positions,
): readonly Fault[] {
  const faults = topology.instances.flatMap((instance) =>
    settingsOf(instance).flatMap((own) => {
      const context = { deployment, instance, ...own, inputs, position };
      return [...checkKeys(context), ...checkPlacement(context), ...checkSequenceLength(context)];
    }),
  );
  const all = [
    ...checkGroups(deployment, topology, position),
    ...faults,
    ...checkProxy(deployment, topology, inputs, position),
    ...checkWheels(deployment, position),
  ];
  const key = ({ code, path }: Fault) => `${code} ${path}`;
  return all.filter((fault, i) => all.findIndex((other) => key(other) === key(fault)) === i);
}

/** Each of an instance's settings once: the group's, then those of hosts that have others. */
function settingsOf({ group }: Instance): Pick<CheckContext, 'settings' | 'address'>[] {
  const known = JSON.stringify(group.settings);
  const others = group.hosts.filter(({ settings }) => JSON.stringify(settings) !== known);
  const ofGroup = others.length < group.hosts.length ? [{ settings: group.settings, address: null }] : [];
  return [...ofGroup, ...others.map(({ settings, address }) => ({ settings, address }))];
}
