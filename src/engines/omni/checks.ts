import type { Deployment } from '../../deployment/deployment.ts';
import type { Fault } from '../../deployment/fault.ts';
import type { Topology } from '../../topology/topology.ts';
import type { LocalInputs, Positions } from '../engine.ts';
import { checkKeys } from './checkKeys.ts';
import { checkPlacement } from './checkPlacement.ts';
import { checkProxy, checkSequenceLength } from './checkSizes.ts';

/** What OmniInfer or OmniPlacement would refuse, drop or misread. What several groups inherit from one place is said once. */
export function checks(
  deployment: Deployment,
  topology: Topology,
  inputs: LocalInputs,
  position: Positions,
): readonly Fault[] {
  const faults = topology.instances.flatMap((instance) => {
    const context = { deployment, instance, inputs, position };
    return [...checkKeys(context), ...checkPlacement(context), ...checkSequenceLength(context)];
  });
  const all = [...faults, ...checkProxy(deployment, topology, inputs, position)];
  const key = ({ code, path }: Fault) => `${code} ${path}`;
  return all.filter((fault, i) => all.findIndex((other) => key(other) === key(fault)) === i);
}
