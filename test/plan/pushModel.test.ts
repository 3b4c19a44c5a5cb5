import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/deployment/deployment.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import type { Facts } from '../../src/facts/facts.ts';
import { buildClusterView, planOf } from '../../src/operations/cluster/clusterView.ts';
import { EVERYTHING, select } from '../../src/plan/select.ts';
import type { Tag } from '../../src/plan/tags.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

function planned(modelSource: string | null, only: readonly Tag[], change: (facts: Facts) => Facts = (facts) => facts) {
  const deployment: Deployment = fakeDeployment({ modelSource });
  const topology = topologyOf(deployment);
  const facts = change(freshFacts(topology, deployment.image));
  return select(planOf(buildClusterView(deployment, NO_INPUTS, facts), only), { ...EVERYTHING, only }, topology);
}

describe('push_model', () => {
  it('brings the folder to each host that has a server, whatever is there', () => {
    const { plan, problems } = planned('/mnt/r1', ['push_model']);
    expect(problems).toEqual([]);
    expect(plan.steps.map(({ id, host, title, because }) => `${id} ${host} ${title} (${because})`)).toEqual([
      'push_model/p0/push 10.0.0.1 push /mnt/r1 to /data/models/r1 (asked for)',
      'push_model/d0/push 10.0.0.2 push /mnt/r1 to /data/models/r1 (asked for)',
    ]);
    expect(plan.steps[0]?.action).toEqual({ kind: 'push', from: '/mnt/r1', to: '/data/models/r1' });
  });

  it('is no part of a plan that did not ask for it', () => {
    expect(planned('/mnt/r1', []).plan.steps.filter(({ tag }) => tag === 'push_model')).toEqual([]);
  });

  it('fails when nothing says where the model is', () => {
    expect(planned(null, ['push_model']).plan.steps[0]?.action).toEqual({
      kind: 'check',
      verdict: 'failed',
      reason: 'nothing says where the model is on this machine\nname its folder in services.model_source',
    });
  });

  it('is what preflight names when a host lacks the model', () => {
    const absent = (facts: Facts): Facts =>
      Object.fromEntries(
        Object.entries(facts).map(([host, found]) => [
          host,
          found.reachable ? { ...found, paths: { '/data/models/r1': { exists: false } } } : found,
        ]),
      ) as Facts;
    const { action } = planned('/mnt/r1', ['preflight'], absent).plan.steps[0]!;
    expect(action.kind === 'check' && action.reason).toContain(
      'model path /data/models/r1 is not on the host (bring it there from /mnt/r1: serve --only push_model)',
    );
  });
});
