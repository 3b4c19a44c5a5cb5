import { describe, expect, it } from 'vitest';
import { planStop } from '../../../src/operations/stop/stop.ts';
import { clusterOf } from '../../fakes/clusters.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

const SERVING = clusterOf(fakeDeployment(), true);

describe('the plan that stops a cluster', () => {
  it('stops the proxy first and the servers after it', () => {
    const { plan } = planStop(SERVING, [], false);
    expect(plan.steps.map(({ id, title, after }) => [id, title, after])).toEqual([
      ['stop_server/c0/stop', 'stop the proxy of c0', []],
      ['stop_server/p0/stop', 'stop the server of p0', ['stop_server/c0/stop']],
      ['stop_server/d0/stop', 'stop the server of d0', ['stop_server/c0/stop']],
    ]);
  });

  it('lets a proxy that stays leave out servers that stop', () => {
    const { plan } = planStop(SERVING, ['p0'], false);
    expect(plan.steps.map(({ id, title, after, disruptive }) => [id, title, after, disruptive])).toEqual([
      ['stop_server/p0/pause', 'send no requests to p0', [], false],
      ['stop_server/p0/stop', 'stop the server of p0', ['stop_server/p0/pause'], true],
    ]);
  });

  it('takes a node for the proxy by its role, not by its name', () => {
    const nodes = SERVING.topology.nodes.map((node) =>
      node.name === 'd0' ? { ...node, role: 'proxy' as const } : node,
    );
    const topology = { ...SERVING.topology, nodes: nodes as typeof SERVING.topology.nodes };
    const { plan } = planStop({ ...SERVING, topology }, [], false);
    expect(plan.steps.map(({ title }) => title)).toEqual([
      'stop the proxy of d0',
      'stop the proxy of c0',
      'stop the server of p0',
    ]);
  });
});
