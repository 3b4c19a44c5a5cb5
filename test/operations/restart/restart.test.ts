import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import type { Facts } from '../../../src/facts/facts.ts';
import { buildClusterView, type ClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { planApply, planRestart } from '../../../src/operations/restart/restart.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }],
  decode: [{ hosts: ['10.0.0.3', '10.0.0.4'] }],
});
const TOPOLOGY = buildClusterView(DEPLOYMENT, NO_INPUTS, {}).topology;
const DESIRED = buildClusterView(DEPLOYMENT, NO_INPUTS, freshFacts(TOPOLOGY, DEPLOYMENT.image)).desired;

function clusterView(change: (facts: Facts) => Facts = (facts) => facts): ClusterView {
  return buildClusterView(DEPLOYMENT, NO_INPUTS, change(convergedFacts(TOPOLOGY, DESIRED, DEPLOYMENT.image)));
}

describe('a restart', () => {
  it('of everything ends the proxy first and decode last, and starts decode first and the proxy last', () => {
    const { plan, problems } = planRestart(clusterView(), []);
    expect(problems).toEqual([]);
    expect(plan.steps.map(({ id }) => id)).toEqual([
      'stop_server/c0/stop',
      'stop_server/p0/stop',
      'stop_server/p1/stop',
      'stop_server/d0/stop',
      'stop_server/d1/stop',
      'run_server/d0/spawn',
      'run_server/d1/spawn',
      'run_server/p0/spawn',
      'run_server/p1/spawn',
      'run_server/d0/ready',
      'run_server/d1/ready',
      'run_server/p0/ready',
      'run_server/p1/ready',
      'run_proxy/c0/spawn',
      'run_proxy/c0/ready',
      'verify/c0/completion',
    ]);
    const stop = plan.steps.find(({ id }) => id === 'stop_server/d0/stop');
    expect(stop?.after).toEqual(['stop_server/c0/stop', 'stop_server/p0/stop', 'stop_server/p1/stop']);
    expect(stop?.disruptive).toBe(true);
  });

  it('of one node takes the whole of its instance, and nothing else', () => {
    const { plan } = planRestart(clusterView(), ['d1']);
    expect(plan.steps.filter(({ tag }) => tag === 'stop_server').map(({ id, because }) => [id, because])).toEqual([
      ['stop_server/d0/pause', 'a connection that a server closes keeps its port taken for a minute'],
      ['stop_server/d0/stop', 'its instance restarts as a whole, with d1'],
      ['stop_server/d1/stop', 'its restart was asked for'],
    ]);
    expect(new Set(plan.steps.map(({ node }) => node))).toEqual(new Set(['d0', 'd1', 'c0']));
  });

  it('of a node whose desired state is not known is refused with the reason', () => {
    const whole = clusterView();
    const { d1: _, ...nodes } = whole.desired.nodes;
    const { problems } = planRestart({ ...whole, desired: { ...whole.desired, nodes } }, ['d0']);
    expect(problems).toEqual([
      'd1: what it should run is not known, since 10.0.0.4 did not answer or does not keep it',
    ]);
  });

  it('asks nobody where nothing runs', () => {
    const dead = clusterView((facts) => ({ ...facts, '10.0.0.1': { ...facts['10.0.0.1']!, processes: [] } as never }));
    const { plan } = planRestart(dead, ['p0']);
    expect(plan.steps.filter(({ disruptive }) => disruptive)).toEqual([]);
  });

  it('refuses to start over something older than the deployment, and names what would put it right', () => {
    const path = filesOf(DESIRED.nodes.p0!)[0]!.path;
    const old = clusterView((facts) => {
      const host = facts['10.0.0.1']!;
      if (!host.reachable) throw new Error('unreachable');
      return { ...facts, '10.0.0.1': { ...host, digests: { ...host.digests, [path]: 'f'.repeat(64) } } };
    });
    const name = path.slice(path.lastIndexOf('/') + 1);
    expect(planRestart(old, ['p0']).problems).toEqual([
      `p0 is not as the deployment says (changed: ${name}); use: omniplace serve cluster.yml, or --apply`,
    ]);
    expect(planRestart(old, ['p1']).problems).toEqual([]);
  });

  it('has a host that is not reached stand in front', () => {
    const lost = clusterView((facts) => ({
      ...facts,
      '10.0.0.4': { reachable: false, address: '10.0.0.4', code: 'unreachable', reason: 'no answer' },
    }));
    expect(planRestart(lost, ['d0']).plan.steps[0]?.id).toBe('preflight/d1/host');
    expect(planRestart(lost, ['p0']).plan.steps[0]?.id).toBe('stop_server/p0/pause');
  });

  it('names words that match nothing', () => {
    expect(planRestart(clusterView(), ['d7']).problems[0]).toMatch(
      /^d7 matches no host, node, role or group; there are p0,/,
    );
  });
});

describe('a restart with --apply', () => {
  const stepsOf = (edited: ClusterView, ...words: string[]) =>
    planApply(edited, words)
      .plan.steps.filter(({ tag }) => tag !== 'preflight')
      .map(({ id }) => id);
  const decode = DEPLOYMENT.decode.map((group) => ({
    ...group,
    hosts: group.hosts.map((host) => ({ ...host, settings: { ...host.settings, maxModelLen: 4096 } })),
  }));
  const edited = buildClusterView({ ...DEPLOYMENT, decode }, NO_INPUTS, clusterView().facts);

  it('brings what was changed for the named instance, and restarts it once', () => {
    expect(stepsOf(edited, 'd1')).toEqual([
      'push_config/d0/put',
      'push_config/d1/put',
      'stop_server/d0/pause',
      'stop_server/d0/stop',
      'stop_server/d1/stop',
      'run_server/d0/spawn',
      'run_server/d1/spawn',
      'run_server/d0/ready',
      'run_server/d1/ready',
      'run_proxy/c0/resume',
      'verify/c0/completion',
    ]);
  });

  it('lets the proxy leave out only the named instance where another was changed too', () => {
    const prefill = DEPLOYMENT.prefill.map((group) => ({
      ...group,
      hosts: group.hosts.map((host) => ({ ...host, settings: { ...host.settings, maxModelLen: 4096 } })),
    }));
    const all = buildClusterView({ ...DEPLOYMENT, prefill }, NO_INPUTS, clusterView().facts);
    expect(stepsOf(all, 'p1').filter((id) => id.startsWith('stop_server'))).toEqual([
      'stop_server/p1/pause',
      'stop_server/p1/stop',
    ]);
  });

  it('restarts an instance for which nothing was changed, and leaves the change of others', () => {
    expect(stepsOf(edited, 'p0')).toEqual([
      'stop_server/p0/pause',
      'stop_server/p0/stop',
      'run_server/p0/spawn',
      'run_server/p0/ready',
      'run_proxy/c0/resume',
      'verify/c0/completion',
    ]);
  });
});
