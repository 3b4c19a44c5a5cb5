import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Topology } from '../../../topology/topology.ts';
import { type SharedSetting, unequalSettings } from '../../../topology/unequalHosts.ts';
import type { LocalInputs } from '../../inputs.ts';
import { HostDialects } from '../dialect/hostDialects.ts';
import { omniRoleSettings } from '../settings.ts';
import { checkGroups } from './checkGroups.ts';
import { checkKeys } from './checkKeys.ts';
import { checkLauncher } from './checkLauncher.ts';
import { checkPlacement } from './checkPlacement.ts';
import { checkProxyOptions } from './checkProxyOptions.ts';
import { checkScripts } from './checkScripts.ts';
import { checkProxy, checkSequenceLength } from './checkSizes.ts';
import { checkWheels } from './checkWheels.ts';
import { contextsOf } from './dialectFaults.ts';

/** Of a role, next to those that every engine has. */
const SHARED_SETTINGS: readonly SharedSetting[] = [
  ['extra_config', (settings) => omniRoleSettings(settings).extraConfig],
  ['additional_config', (settings) => omniRoleSettings(settings).additionalConfig],
  ['placement', (settings) => omniRoleSettings(settings).placement],
];

/** `validate` asks no host: it takes what the synced code accepts, else what is assumed. */
const NO_FACTS = {};

/** What OmniInfer or OmniPlacement would refuse, drop or misread. What several groups inherit from one place is said once. */
export function checks(
  deployment: Deployment,
  topology: Topology,
  inputs: LocalInputs,
  position: Positions,
): readonly Fault[] {
  const dialect = new HostDialects(deployment, NO_FACTS, inputs).on('');
  const faults = topology.instances.flatMap((instance) =>
    contextsOf(instance, { deployment, dialect, inputs, position }).flatMap((context) => [
      ...checkKeys(context),
      ...checkLauncher(context),
      ...checkPlacement(context),
      ...checkSequenceLength(context),
    ]),
  );
  const all = [
    ...checkGroups(deployment, topology, position),
    ...faults,
    ...checkScripts(deployment, dialect, position),
    ...checkProxyOptions(deployment, topology, position),
    ...checkProxy(deployment, topology, { dialect, inputs, position }),
    ...checkWheels(deployment, position),
  ];
  const key = ({ code, path }: Fault) => `${code} ${path}`;
  const once = all.filter((fault, i) => all.findIndex((other) => key(other) === key(fault)) === i);
  return [...once, ...unequalSettings({ deployment, topology, placeOf: position }, SHARED_SETTINGS)];
}
