import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/facts/facts.ts';
import { buildClusterView, type ClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { outagesOf, outageText } from '../../../src/operations/cluster/outage.ts';
import { planRestart } from '../../../src/operations/restart/restart.ts';
import { planStop } from '../../../src/operations/stop/stop.ts';
import { tookPath } from '../../../src/topology/paths.ts';
import { clusterOf } from '../../fakes/clusters.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }],
  decode: [{ hosts: ['10.0.0.3', '10.0.0.4'] }],
});
const CLUSTER = clusterOf(DEPLOYMENT, true);

/** The cluster with other facts of a host. */
function where(address: string, parts: object, clusterView: ClusterView = CLUSTER): ClusterView {
  const facts = { ...clusterView.facts, [address]: { ...clusterView.facts[address], ...parts } } as Facts;
  return buildClusterView(DEPLOYMENT, NO_INPUTS, facts);
}

/** The cluster with the time that the last start of a node took, in seconds. */
function tookS(node: 'p0' | 'd0' | 'd1', seconds: number, clusterView: ClusterView = CLUSTER): ClusterView {
  const { host, paths } = clusterView.desired.nodes[node]!;
  const found = clusterView.facts[host]!;
  return where(
    host,
    { texts: { ...(found.reachable && found.texts), [tookPath(paths.run)]: String(seconds) } },
    clusterView,
  );
}

const restarted = (clusterView: ClusterView, ...nodes: string[]) =>
  outagesOf(planRestart(clusterView, nodes).plan, clusterView).map(outageText);
const stopped = (clusterView: ClusterView, ...nodes: string[]) =>
  outagesOf(planStop(clusterView, nodes, false).plan, clusterView).map(outageText);

describe('an outage', () => {
  it('names the role, the requests and what the last start took', () => {
    const slowest = tookS('d1', 245, tookS('d0', 190.4));
    expect(restarted(slowest, 'd0')).toEqual([
      'decode: d0, d1 are all that serves it: every request fails, also those under way, for about 4 min 05 s (their last start)',
    ]);
  });

  it('of one of two instances is not one of the role, and names the other', () => {
    expect(restarted(tookS('p0', 31), 'p0')).toEqual([
      'prefill: p0 is away for about 31.0 s (its last start): requests that p0 works on fail; p1 serves meanwhile',
    ]);
  });

  it('is one of the role where the other instance does not serve', () => {
    const found = CLUSTER.facts['10.0.0.2']!;
    const starting = { texts: { ...(found.reachable && found.texts), [CLUSTER.desired.nodes.p1!.paths.ready]: '' } };
    const words =
      'prefill: p0 is all that serves it: new requests fail; those that decode already are answered, until it is ready again (how long its last start took is not known)';
    expect(restarted(where('10.0.0.2', starting), 'p0')).toEqual([words]);
    expect(restarted(where('10.0.0.2', { processes: [] }), 'p0')).toEqual([words]);
    expect(restarted(where('10.0.0.2', { reachable: false }), 'p0')).toEqual([words]);
  });

  it('lasts until servers are started again where they are stopped', () => {
    expect(stopped(CLUSTER, 'decode', 'proxy')).toEqual([
      'proxy: c0 is all that serves it: every request fails, also those under way, until it is started again',
      'decode: d0, d1 are all that serves it: every request fails, also those under way, until they are started again',
    ]);
  });

  it('does not happen where nothing runs', () => {
    expect(restarted(where('10.0.0.1', { processes: [] }), 'p0')).toEqual([]);
    expect(restarted(clusterOf(DEPLOYMENT, false))).toEqual([]);
  });
});
