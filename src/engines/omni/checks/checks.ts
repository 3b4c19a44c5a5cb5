import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Instance, Topology } from '../../../topology/topology.ts';
import { type SharedSetting, unequalSettings } from '../../../topology/unequalHosts.ts';
import type { LocalInputs } from '../../inputs.ts';
import { omniRoleSettings } from '../settings.ts';
import { checkGroups } from './checkGroups.ts';
import { checkKeys } from './checkKeys.ts';
import { checkPlacement } from './checkPlacement.ts';
import { checkProxy, checkSequenceLength } from './checkSizes.ts';
import { checkWheels } from './checkWheels.ts';
import type { CheckContext } from './faults.ts';

/** Of a role, next to those that every engine has. */
const SHARED_SETTINGS: readonly SharedSetting[] = [
  ['extra_config', (settings) => omniRoleSettings(settings).extraConfig],
  ['additional_config', (settings) => omniRoleSettings(settings).additionalConfig],
  ['placement', (settings) => omniRoleSettings(settings).placement],
];

/** What OmniInfer or OmniPlacement would refuse, drop or misread. What several groups inherit from one place is said once. */
export function checks(
  deployment: Deployment,
  topology: Topology,
  inputs: LocalInputs,
  position: Positions,
): readonly Fault[] {
  const faults = topology.instances.flatMap((instance) =>
    settingsOf(instance).flatMap((found) => {
      const context = { deployment, instance, ...found, own: omniRoleSettings(found.settings), inputs, position };
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
  const once = all.filter((fault, i) => all.findIndex((other) => key(other) === key(fault)) === i);
  return [...once, ...unequalSettings({ deployment, topology, placeOf: position }, SHARED_SETTINGS)];
}

/** Each of an instance's settings once: the group's, then those of hosts that have others. */
function settingsOf({ group }: Instance): Pick<CheckContext, 'settings' | 'address'>[] {
  const known = JSON.stringify(group.settings);
  const others = group.hosts.filter(({ settings }) => JSON.stringify(settings) !== known);
  const ofGroup = others.length < group.hosts.length ? [{ settings: group.settings, address: null }] : [];
  return [...ofGroup, ...others.map(({ settings, address }) => ({ settings, address }))];
}
