import { describe, expect, it } from 'vitest';
import { boundPorts } from '../../src/engines/boundPorts.ts';
import { desiredOf } from '../../src/engines/desiredOf.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { entrances } from '../../src/engines/entrances.ts';
import { makePlan } from '../../src/plan/makePlan.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { toyLayout } from '../fakes/toyEngine/layout.ts';
import { toyEngine } from '../fakes/toyEngine/toyEngine.ts';

const deployment = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.4'] }],
  decode: [{ hosts: ['10.0.0.2', '10.0.0.3'] }],
});
const topology = buildTopology(deployment, toyLayout);
const planFor = (facts: Parameters<typeof toyEngine.desired>[2]) =>
  makePlan({
    deployment,
    topology,
    facts,
    desired: desiredOf(toyEngine, deployment, topology, facts, NO_INPUTS),
    engine: toyEngine,
    portsOf: boundPorts(toyEngine, deployment, topology),
    pushBytes: () => 0,
    imageBytes: () => 0,
  });

describe('an engine that is not omni', () => {
  it('passes every phase that has something to do for it', () => {
    const { steps } = planFor(freshFacts(topology, deployment.image));
    const tags = [...new Set(steps.map(({ tag }) => tag))];
    expect(tags).toEqual(['preflight', 'run_docker', 'put_toy', 'run_server', 'run_proxy', 'verify']);
    expect(steps.find(({ id }) => id === 'run_server/d0/ready')?.action).toMatchObject({
      kind: 'wait',
      until: { probes: [{ host: '10.0.0.2', port: 9100, path: '/ready', of: 'd0' }], joined: null },
      showing: '1 server ready',
    });
    expect(steps.find(({ id }) => id === 'run_server/d1/ready')?.action).toMatchObject({
      until: { probes: [], joined: '/var/lib/omniplace/r1/d1/run/joined' },
      showing: 'the stage to join',
    });
  });

  it('starts in its own waves, and the later stages of an instance after its master', () => {
    const spawns = planFor(freshFacts(topology, deployment.image)).steps.filter(({ id }) =>
      /^run_server\/.*\/spawn$/.test(id),
    );
    expect(spawns.map(({ node, after }) => [node, after])).toEqual([
      ['d0', []],
      ['d1', []],
      ['p0', ['run_server/d0/spawn', 'run_server/d1/spawn']],
      ['p1', ['run_server/p0/spawn']],
    ]);
    expect(spawns[1]?.needs).toContain('run_server/d0/spawn');
  });

  it('shows its stages with their reason', () => {
    const d1 = topology.nodes.find(({ name }) => name === 'd1');
    expect([d1?.reasons.pp, d1?.reasons.kv_role]).toEqual([{ value: 2, because: 'one stage per host' }, undefined]);
    expect(topology.instances.map(({ numRanks }) => numRanks)).toEqual([4, 4, 4]);
  });

  it('is asked where its router listens, for the reason that the router gives', () => {
    const { steps } = planFor(freshFacts(topology, deployment.image));
    const verify = steps.filter(({ tag }) => tag === 'verify');
    expect(verify.map(({ node, title, because }) => [node, title, because])).toEqual([
      ['c0', 'ask the toy router for a completion', 'a toy has to be played with'],
    ]);
  });

  it('is asked at every server that has an API where it has no router', () => {
    const engine: Engine = { ...toyEngine, router: () => null };
    expect(entrances({ engine, deployment, topology }).map(({ host, port, called }) => [host, port, called])).toEqual([
      ['10.0.0.1', 9000, 'the server p0'],
      ['10.0.0.4', 9001, 'the server p1'],
      ['10.0.0.2', 9100, 'the server d0'],
    ]);
  });

  it('has a router that starts and stops as its own node', () => {
    const { c0 } = desiredOf(toyEngine, deployment, topology, {}, NO_INPUTS).nodes;
    const { argv, log, identity, stop, readiness } = c0!.server;
    expect({ argv, log, identity, stop, readiness }).toEqual({
      argv: ['toy-router', '/var/lib/omniplace/r1/c0/toy.conf'],
      log: '/data/log/c0.log',
      identity: 'r1/c0',
      stop: ['toy', '--stop', 'r1/c0'],
      readiness: { http: [{ host: '10.0.0.1', port: 7000, path: '/ready', of: 'c0' }] },
    });
  });

  it('changes nothing where everything is as it should be', () => {
    const fresh = freshFacts(topology, deployment.image);
    const facts = convergedFacts(
      topology,
      desiredOf(toyEngine, deployment, topology, fresh, NO_INPUTS),
      deployment.image,
    );
    expect(new Set(planFor(facts).steps.map(({ tag }) => tag))).toEqual(new Set(['preflight', 'verify']));
  });
});
