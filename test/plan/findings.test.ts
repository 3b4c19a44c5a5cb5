import { describe, expect, it } from 'vitest';
import { buildClusterView, type ClusterView, planInput, planOf } from '../../src/operations/cluster/clusterView.ts';
import type { Finding } from '../../src/plan/findings/finding.ts';
import { findProblems } from '../../src/plan/findings/findProblems.ts';
import { oddOnesOut } from '../../src/plan/findings/odd.ts';
import { cleanCluster, clusterOf, DEFECTS, withDefect } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { LONG, SEED } from '../fakes/seed.ts';

const SEEDS = LONG ? 25 : 1;
const CLEAN = LONG ? 50 : 6;
const FIRST = LONG ? SEED : 1;

describe('preflight', () => {
  it('raises nothing on clean clusters', () => {
    for (let seed = FIRST; seed < FIRST + CLEAN; seed += 1)
      expect([seed, ...problemsOf(cleanCluster(seed)).map(({ message }) => message)]).toEqual([seed]);
  });

  it.each(DEFECTS)('finds $name, on the host that has it', (defect) => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const clusterView = cleanCluster(seed);
      const { facts, host } = withDefect(clusterView, defect, seed);
      const found = problemsOf(buildClusterView(clusterView.deployment, NO_INPUTS, facts));
      expect(found.map(({ code }) => code)).toContain(defect.code);
      // an address that two dies have is told of at the second of them
      if (defect.code !== 'device-ip-duplicate' && defect.code !== 'hostname-duplicate')
        expect(new Set(found.map((one) => one.host))).toEqual(new Set([host]));
    }
  });

  it('says how hosts differ from the others', () => {
    const messages = (name: string) => {
      const defect = DEFECTS.find((one) => one.name === name)!;
      const deployment = fakeDeployment({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3', '10.0.0.4'] }] });
      const clusterView = clusterOf(deployment, false);
      const broken = buildClusterView(deployment, NO_INPUTS, withDefect(clusterView, defect, 1).facts);
      return problemsOf(broken).map(({ severity, message }) => `${severity}: ${message}`);
    };
    expect(messages('another driver')).toEqual(['error: the driver is 23.0.6 here and 24.1.rc3 on 3 others']);
    expect(messages('another image of the same name')).toEqual([
      'warning: repo/omniinfer:1 is other here and image on 3 others; ids depend on how docker stores images, and layers were not listed, so these may be one image',
    ]);
    expect(messages('another MTU')).toEqual(['warning: the MTU of its interface is 9000, that of 3 others 1500']);
    expect(messages('a leftover process on a die')[0]).toMatch(
      /^error: process 4711 \(python3\) runs on die 2 that d\d needs$/,
    );
    expect(messages('a clock that is behind')).toEqual(["warning: clock is 3600.0 s behind this machine's"]);
  });

  it('tells of another driver in another instance as a warning: they need not be one', () => {
    const deployment = fakeDeployment({
      prefill: [{ hosts: ['10.0.0.1'] }],
      decode: [{ hosts: ['10.0.0.2', '10.0.0.3'] }],
    });
    const clusterView = clusterOf(deployment, false);
    const host = clusterView.facts['10.0.0.1'];
    if (!host?.reachable) throw new Error('not reached');
    const older = { ...host, machine: { ...host.machine, software: { ...host.machine.software, driver: '23' } } };
    const found = problemsOf(buildClusterView(deployment, NO_INPUTS, { ...clusterView.facts, '10.0.0.1': older }));
    expect(found.map(({ severity, host: on, code }) => [severity, on, code])).toEqual([
      ['warning', '10.0.0.1', 'driver-differs'],
    ]);
  });

  it('looks through 32 hosts of 16 dies and plans for them', () => {
    const dies = Array.from({ length: 16 }, (_, die) => die);
    const hosts = Array.from({ length: 32 }, (_, i) => `10.0.0.${i + 1}`);
    const deployment = fakeDeployment({
      prefill: Array.from({ length: 8 }, (_, i) => ({ hosts: [hosts[i]!], dies })),
      decode: [{ hosts: hosts.slice(8), dies }],
    });
    const { facts } = clusterOf(deployment, false);
    const plan = planOf(buildClusterView(deployment, NO_INPUTS, facts));
    expect(plan.steps.length).toBeGreaterThan(32 * 5);
  });
});

describe('the odd one out', () => {
  it('is who has not what most have, rarest first; of two groups of one size the earlier is right', () => {
    const values = (text: string) => [...text].map((value, i) => [i, value === '-' ? null : value] as const);
    const odd = (text: string) => oddOnesOut(values(text)).map(({ who, value }) => `${who}${value}`);
    expect(odd('aaab')).toEqual(['3b']);
    expect(odd('baaa')).toEqual(['0b']);
    expect(odd('ab')).toEqual(['1b']);
    expect(odd('a-a-')).toEqual([]);
    expect(odd('ccaaabcc')).toEqual(['5b', '2a', '3a', '4a']);
    expect(odd('')).toEqual([]);
  });
});

function problemsOf(clusterView: ClusterView): readonly Finding[] {
  return findProblems(planInput(clusterView));
}
