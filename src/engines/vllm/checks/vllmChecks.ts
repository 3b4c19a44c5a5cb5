import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Topology } from '../../../topology/topology.ts';
import { type SharedSetting, unequalSettings } from '../../../topology/unequalHosts.ts';
import type { LocalInputs } from '../../inputs.ts';
import { usedTable } from '../flags/flagTable.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';
import { checkArguments } from './checkArguments.ts';
import { checkContainer } from './checkContainer.ts';
import { instanceContext } from './checkContext.ts';
import { checkEplb } from './checkEplb.ts';
import { checkJson } from './checkJson.ts';
import { checkKvTransfer } from './checkKvTransfer.ts';
import { checkPairs } from './checkPairs.ts';
import { checkRouter } from './checkRouter.ts';
import { checkParallelSizes } from './checkSizes.ts';
import { checkVariables } from './checkVariables.ts';

/** Next to those that every engine has: ranks compare all of them when they meet. */
const SHARED_SETTINGS: readonly SharedSetting[] = [
  ['all2all_backend', (settings) => vllmRoleSettings(settings).all2allBackend],
  ['enable_eplb', (settings) => vllmRoleSettings(settings).enableEplb],
  ['eplb_config', (settings) => vllmRoleSettings(settings).eplbConfig],
  ['enable_expert_parallel', (settings) => vllmRoleSettings(settings).enableExpertParallel],
  ['kv_transfer_config', (settings) => vllmRoleSettings(settings).kvTransferConfig],
  ['kv_connector', (settings) => vllmRoleSettings(settings).kvConnector],
  ['compilation_config', (settings) => vllmRoleSettings(settings).compilationConfig],
  ['speculative_config', (settings) => vllmRoleSettings(settings).speculativeConfig],
];

/** What vLLM or vllm-router would refuse, drop or misread. What several groups inherit from one place is reported once. */
export function vllmChecks(
  deployment: Deployment,
  topology: Topology,
  _: LocalInputs,
  position: Positions,
): readonly Fault[] {
  const cluster = { deployment, topology, position, used: usedTable(deployment) };
  const contexts = topology.instances.map((instance) => instanceContext(instance, cluster));
  const all = [
    ...contexts.flatMap((context) => [
      ...checkParallelSizes(context),
      ...checkKvTransfer(context),
      ...checkJson(context),
      ...checkEplb(context),
      ...checkArguments(context),
      ...checkVariables(context),
    ]),
    ...checkPairs(contexts),
    ...checkRouter(deployment, topology, position),
    ...checkContainer(deployment, position),
  ];
  const seen = new Set<string>();
  // a warning does not hide an error at its place
  const once = all.filter(({ severity, code, path }) => {
    const fault = `${severity} ${code} ${path}`;
    return !seen.has(fault) && seen.add(fault);
  });
  // the handshake of ranks ends where they differ
  const unequal = [...unequalSettings({ deployment, topology, placeOf: position }, SHARED_SETTINGS)];
  return [...once, ...unequal.map((fault): Fault => ({ ...fault, severity: 'error' }))];
}
