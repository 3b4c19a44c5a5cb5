import type { Deployment } from '../../../deployment/deployment.ts';
import type { Facts } from '../../../facts/facts.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { Refusal } from '../../engine.ts';
import { denseModelRefusals } from './denseModel.ts';
import { modelFits } from './modelFits.ts';
import { transferDevices } from './transferDevices.ts';

/** What the model and the network devices of hosts don't allow. */
export function vllmRefusals(deployment: Deployment, topology: Topology, facts: Facts): readonly Refusal[] {
  return [
    ...denseModelRefusals(deployment, topology, facts),
    ...modelFits(deployment, topology, facts),
    ...transferDevices(deployment, topology, facts),
  ];
}
