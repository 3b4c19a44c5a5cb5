import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { LocalInputs } from '../../inputs.ts';
import { usedTable } from '../flags/flagTable.ts';
import { checkArguments } from './checkArguments.ts';
import { checkContainer } from './checkContainer.ts';
import { instanceContexts } from './checkContext.ts';
import { checkEplb } from './checkEplb.ts';
import { checkJson } from './checkJson.ts';
import { checkKvTransfer } from './checkKvTransfer.ts';
import { checkPairs } from './checkPairs.ts';
import { checkRouter } from './checkRouter.ts';
import { checkParallelSizes } from './checkSizes.ts';
import { checkVariables } from './checkVariables.ts';
import { checkVersion } from './checkVersion.ts';
import { unequalRanks } from './unequalRanks.ts';

/** What vLLM or vllm-router would refuse, drop or misread. What several groups inherit from one place is reported once. */
export function vllmChecks(
  deployment: Deployment,
  topology: Topology,
  _: LocalInputs,
  position: Positions,
): readonly Fault[] {
  const cluster = { deployment, topology, position, used: usedTable(deployment) };
  const contexts = topology.instances.flatMap((instance) => instanceContexts(instance, cluster));
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
    ...checkVersion(deployment, cluster.used, position),
  ];
  const seen = new Set<string>();
  // a warning does not hide an error at its place
  const once = all.filter(({ severity, code, path }) => {
    const fault = `${severity} ${code} ${path}`;
    return !seen.has(fault) && seen.add(fault);
  });
  return [...once, ...unequalRanks({ deployment, topology, placeOf: position }, cluster.used)];
}
