import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Topology } from '../../../topology/topology.ts';
import { type SharedSetting, unequalSettings } from '../../../topology/unequalHosts.ts';
import type { LocalInputs } from '../../inputs.ts';
import { HostDialects } from '../dialect/hostDialects.ts';
import { ARGUMENT_KEYS, type ArgumentKey, omniRoleSettings } from '../settings.ts';
import { checkConnectors } from './checkConnectors.ts';
import { checkGroups } from './checkGroups.ts';
import { checkKeys } from './checkKeys.ts';
import { checkLauncher } from './checkLauncher.ts';
import { checkOwnKeys } from './checkOwnKeys.ts';
import { checkPlacement } from './checkPlacement.ts';
import { checkProxyOptions } from './checkProxyOptions.ts';
import { checkScripts } from './checkScripts.ts';
import { checkShape } from './checkShape.ts';
import { checkDecodeLength, checkProxy, checkSequenceLength } from './checkSizes.ts';
import { checkWheels } from './checkWheels.ts';
import { contextsOf } from './dialectFaults.ts';

/** Of a role, next to those that every engine has. */
const SHARED_SETTINGS: readonly SharedSetting[] = [
  ['tp', (settings) => omniRoleSettings(settings).tp],
  ['pp', (settings) => omniRoleSettings(settings).pp],
  ['pp_layer_partition', (settings) => omniRoleSettings(settings).ppLayerPartition],
  ['num_servers', (settings) => omniRoleSettings(settings).numServers],
  ['num_speculative_tokens', (settings) => omniRoleSettings(settings).numSpeculativeTokens],
  ['enforce_eager', (settings) => omniRoleSettings(settings).enforceEager],
  ['enable_expert_parallel', (settings) => omniRoleSettings(settings).enableExpertParallel],
  ['enable_prefix_caching', (settings) => omniRoleSettings(settings).enablePrefixCaching],
  ['block_size', (settings) => omniRoleSettings(settings).blockSize],
  ['distributed_executor_backend', (settings) => omniRoleSettings(settings).distributedExecutorBackend],
  ['ray_port', (settings) => omniRoleSettings(settings).rayPort],
  ...(Object.keys(ARGUMENT_KEYS) as ArgumentKey[]).map(
    (key): SharedSetting => [key, (settings) => omniRoleSettings(settings).arguments[key]],
  ),
  ['kv_transfer_config', (settings) => omniRoleSettings(settings).kvTransferConfig],
  ['model_path', (settings) => omniRoleSettings(settings).modelPath],
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
  const dialects = new HostDialects(deployment, NO_FACTS, inputs);
  const given = { deployment, dialect: dialects.on(''), isDialectRead: dialects.isRead(''), inputs, position };
  const { dialect } = given;
  const faults = topology.instances.flatMap((instance) =>
    contextsOf(instance, given).flatMap((context) => [
      ...checkKeys(context),
      ...checkOwnKeys(context),
      ...checkLauncher(context),
      ...checkPlacement(context),
      ...checkSequenceLength(context),
      ...checkShape(context),
    ]),
  );
  const all = [
    ...checkGroups(deployment, topology, position),
    ...faults,
    ...checkScripts(deployment, dialect, position),
    ...checkProxyOptions(deployment, topology, position),
    ...checkProxy(topology, given),
    ...checkDecodeLength(topology, given),
    ...checkConnectors(topology, given),
    ...checkWheels(deployment, position),
  ];
  const key = ({ code, path }: Fault) => `${code} ${path}`;
  const once = all.filter((fault, i) => all.findIndex((other) => key(other) === key(fault)) === i);
  return [...once, ...unequalSettings({ deployment, topology, placeOf: position }, SHARED_SETTINGS)];
}
