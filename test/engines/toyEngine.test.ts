import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/plan/makePlan.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { toyEngine } from '../fakes/toyEngine.ts';

const deployment = fakeDeployment({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'] }] });
const topology = buildTopology(deployment);
const planFor = (facts: Parameters<typeof toyEngine.desired>[2]) =>
  makePlan({
    deployment,
    topology,
    facts,
    desired: toyEngine.desired(deployment, topology, facts, NO_INPUTS),
    engine: toyEngine,
    portsOf: (node) => toyEngine.ports(node, topology),
    pushBytes: () => 0,
    imageBytes: () => 0,
  });

describe('an engine that is not omni', () => {
  it('passes every phase that has something to do for it', () => {
    const { steps } = planFor(freshFacts(topology, deployment.image));
    const tags = [...new Set(steps.map(({ tag }) => tag))];
    expect(tags).toEqual(['preflight', 'run_docker', 'put_toy', 'run_server', 'run_proxy', 'verify']);
    expect(steps.find(({ id }) => id === 'run_server/d1/ready')?.action).toMatchObject({
      kind: 'wait',
      until: { probes: [9100, 9101, 9102, 9103].map((port) => ({ host: '10.0.0.3', port, path: '/ready', of: 'd1' })) },
    });
  });

  it('changes nothing where everything is as it should be', () => {
    const fresh = freshFacts(topology, deployment.image);
    const facts = convergedFacts(topology, toyEngine.desired(deployment, topology, fresh, NO_INPUTS), deployment.image);
    expect(new Set(planFor(facts).steps.map(({ tag }) => tag))).toEqual(new Set(['preflight', 'verify']));
  });
});
