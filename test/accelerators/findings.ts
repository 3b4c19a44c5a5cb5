import type { AcceleratorName } from '../../src/deployment/deployment.ts';
import type { ReachedHost } from '../../src/facts/facts.ts';
import { buildClusterView, planInput } from '../../src/operations/cluster/clusterView.ts';
import { findProblems } from '../../src/plan/findings/findProblems.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

/** What preflight finds on a decode host that lacks a die, has a leftover process, an address of another host and other versions. */
export function findingsWith(accelerator: AcceleratorName): readonly string[] {
  const deployment = fakeDeployment({ accelerator });
  const { facts } = clusterOf(deployment, false);
  const host = facts['10.0.0.2'] as ReachedHost;
  const changed: ReachedHost = {
    ...host,
    deviceIps: { ...host.deviceIps, 0: '172.16.1.0' },
    machine: {
      ...host.machine,
      software: { driver: '23' },
      dieNodes: [0, 1, 2],
      dieProcesses: [{ die: 2, pid: 4711, name: 'python3', container: null }],
    },
  };
  const found = findProblems(planInput(buildClusterView(deployment, NO_INPUTS, { ...facts, '10.0.0.2': changed })));
  return found.map(({ message, hint }) => `${message} (${hint})`);
}
