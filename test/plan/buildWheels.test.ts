import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/deployment/deployment.ts';
import { desiredOf } from '../../src/engines/desiredOf.ts';
import { omniEngine } from '../../src/engines/omni/index.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import type { Facts } from '../../src/facts/facts.ts';
import { buildClusterView, planOf } from '../../src/operations/cluster/clusterView.ts';
import { EVERYTHING, select } from '../../src/plan/select.ts';
import type { Tag } from '../../src/plan/tags.ts';
import { type FakeDeployment, fakeDeployment } from '../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../fakes/facts.ts';

const INPUTS = {
  files: { '/home/user/dist/a-1-py3-none-any.whl': { sha256: 'a', sizeBytes: 1 } },
  bytes: {},
  trees: { '/code/omniinfer': 'c0de' },
};
const WHEELS = ['/home/user/dist/a-1-py3-none-any.whl'];

function planned(
  parts: FakeDeployment,
  factsOf: (deployment: Deployment) => Facts,
  only: readonly Tag[] = ['build_wheels'],
) {
  const deployment = fakeDeployment({ codePath: '/code', wheels: WHEELS, ...parts });
  const topology = topologyOf(deployment);
  const facts = factsOf(deployment);
  return select(planOf(buildClusterView(deployment, INPUTS, facts), only), { ...EVERYTHING, only }, topology);
}

function fresh(deployment: Deployment): Facts {
  return freshFacts(topologyOf(deployment), deployment.image);
}

function converged(deployment: Deployment): Facts {
  const topology = topologyOf(deployment);
  return convergedFacts(
    topology,
    desiredOf(omniEngine, deployment, topology, fresh(deployment), INPUTS),
    deployment.image,
  );
}

const shown = ({ plan }: ReturnType<typeof planned>) =>
  plan.steps.map(({ id, host, title }) => `${id} ${host} ${title}`);

describe('build_wheels', () => {
  it('builds in the container of the first server, and fetches to the folder of the wheels', () => {
    const result = planned({}, converged);
    expect(result.problems).toEqual([]);
    expect(shown(result)).toEqual([
      'build_wheels/p0/build 10.0.0.1 build wheels in omniplace_prefill_p0',
      'build_wheels/p0/fetch 10.0.0.1 fetch them to /home/user/dist',
    ]);
    const [build, fetch] = result.plan.steps;
    expect(build?.action).toMatchObject({ kind: 'exec', in: 'omniplace_prefill_p0' });
    expect(build?.action.kind === 'exec' && build.action.argv.slice(3)).toEqual([
      'build_wheels',
      '/workspace/omniinfer',
      '/var/lib/omniplace/r1/p0/built',
    ]);
    expect(fetch?.needs).toEqual(['build_wheels/p0/build']);
    expect(fetch?.action).toEqual({
      kind: 'get',
      from: '/var/lib/omniplace/r1/p0/built',
      names: '*.whl',
      into: '/home/user/dist',
    });
  });

  it('builds on the host that was chosen', () => {
    expect(shown(planned({ buildHost: '10.0.0.2' }, converged))[0]).toBe(
      'build_wheels/d0/build 10.0.0.2 build wheels in omniplace_decode_d0',
    );
  });

  it('is no part of a whole serve', () => {
    const { plan } = planned({}, fresh, []);
    expect(plan.steps.map(({ tag }) => tag)).toContain('pip_install');
    expect(plan.steps.map(({ tag }) => tag)).not.toContain('build_wheels');
  });

  it('needs the container and the code, and says which tags bring them', () => {
    expect(planned({}, fresh).problems).toEqual([
      'build_wheels would run over something older than the deployment (p0: no container; p0: the code is not on the host); use --only run_docker,sync_code,build_wheels',
    ]);
    expect(planned({}, fresh, ['run_docker', 'sync_code', 'build_wheels']).problems).toEqual([]);
  });

  it('can make the first wheels: none of them need be there before', () => {
    const result = planned({ wheels: ['/home/user/dist/*.whl'] }, fresh, ['run_docker', 'sync_code', 'build_wheels']);
    expect(result.problems).toEqual([]);
    expect(result.plan.steps.filter(({ action }) => action.kind === 'check')).toEqual([]);
    expect(shown(result).filter((line) => line.startsWith('build_wheels'))).toEqual([
      'build_wheels/p0/build 10.0.0.1 build wheels in omniplace_prefill_p0',
      'build_wheels/p0/fetch 10.0.0.1 fetch them to /home/user/dist',
    ]);
  });

  it('fails before it builds when nothing says where the wheels go', () => {
    for (const wheels of [[], ['/home/user/*/a.whl']]) {
      const [step] = planned({ wheels }, converged).plan.steps;
      expect(step?.action).toEqual({
        kind: 'check',
        verdict: 'failed',
        reason: 'nothing says where the wheels go\nname them in services.wheels: `wheels: [dist/*.whl]`',
      });
    }
  });
});
