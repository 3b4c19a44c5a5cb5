import { describe, expect, it } from 'vitest';
import type { ReachedHost } from '../../src/facts/facts.ts';
import { buildClusterView, planInput } from '../../src/operations/cluster/clusterView.ts';
import { findProblems } from '../../src/plan/findings/findProblems.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment();
const TOPOLOGY = buildClusterView(DEPLOYMENT, NO_INPUTS, {}).topology;
const DESIRED = buildClusterView(DEPLOYMENT, NO_INPUTS, freshFacts(TOPOLOGY, DEPLOYMENT.image)).desired;

/** Port 9100 of d0 is held by process 4711, which carries no marker; `container` holds it. */
function problems(container: { readonly cluster: string } | null): string[] {
  const facts = convergedFacts(TOPOLOGY, DESIRED, DEPLOYMENT.image);
  const host = facts['10.0.0.2'] as ReachedHost;
  const held = { ...host.docker.containers[0]!, id: 'c'.repeat(64) };
  const containers =
    container === null ? [] : [{ ...held, labels: { ...held.labels, 'omniplace.cluster': container.cluster } }];
  const changed: ReachedHost = {
    ...host,
    docker: { ...host.docker, containers },
    listening: [{ port: 9100, pid: 4711 }],
    processes: [],
    holdings: container === null ? {} : { [held.id]: { ports: [9100], dies: [] } },
  };
  const clusterView = buildClusterView(DEPLOYMENT, NO_INPUTS, { ...facts, '10.0.0.2': changed });
  return findProblems(planInput(clusterView))
    .filter(({ code }) => code === 'port-taken')
    .map(({ message }) => message);
}

describe('a port that is held by a process without our marker', () => {
  it('is taken', () => {
    expect(problems(null)).toEqual(['port 9100 (api of d0) is held by process 4711']);
  });

  it('is our own where the process is in our container: engines and nginx write titles over their environment', () => {
    expect(problems({ cluster: DEPLOYMENT.name })).toEqual([]);
  });
});
