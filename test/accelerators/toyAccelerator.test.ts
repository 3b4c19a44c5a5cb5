import { userInfo } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import type * as accelerators from '../../src/accelerators/index.ts';
import type { AcceleratorName } from '../../src/deployment/deployment.ts';
import { engineOf } from '../../src/engines/index.ts';
import { probeRequests } from '../../src/engines/probeRequest.ts';
import type { Facts } from '../../src/facts/facts.ts';
import { buildClusterView, planInput, planOf } from '../../src/operations/cluster/clusterView.ts';
import { findProblems } from '../../src/plan/findings/findProblems.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';
import { toyAccelerator } from '../fakes/toyAccelerator.ts';
import { findingsWith } from './findings.ts';
import { probing } from './probing.ts';

vi.mock('../../src/accelerators/index.ts', async (original) => {
  const { acceleratorOf } = await original<typeof accelerators>();
  return { acceleratorOf: (name: AcceleratorName) => (name === TOY ? toyAccelerator : acceleratorOf(name)) };
});
const TOY = 'toy' as AcceleratorName;
const DEPLOYMENT = fakeDeployment({
  accelerator: TOY,
  prefill: [{ hosts: ['10.0.0.1'], dies: [0, 1] }],
  decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], dies: [0, 1] }],
  proxy: { host: '10.0.0.9' },
});
const { fake, probe } = probing();

describe('an accelerator that no driver exists for', () => {
  it('is asked by its own functions, and answers with its own sections', async () => {
    fake(
      'toyctl',
      `case $1 in version) echo 7.1 ;; address) echo 10.9.0.$2 ;; uses) echo "1 ${process.pid}" ;; *) exit 9 ;; esac`,
    );
    const { accelerator, dies } = probeRequests(DEPLOYMENT, drawn({}).topology, engineOf('omni'), NO_INPUTS)[
      '10.0.0.2'
    ]!;
    const facts = await probe({ accelerator, dies });
    expect(facts.deviceIps).toEqual({ 0: '10.9.0.0', 1: '10.9.0.1' });
    expect(facts.machine).toMatchObject({
      software: { toyware: '7.1' },
      dieNodes: [0, 1],
      dieProcesses: [
        {
          die: 1,
          pid: process.pid,
          name: 'toy',
          container: null,
          user: userInfo().username,
          command: expect.any(String),
        },
      ],
      pingsDies: true,
    });
  });

  it('shows which dies another container uses', async () => {
    fake(
      'docker',
      `case "$*" in
  "version --format {{json .}}") echo '{"Client":{},"Server":{"Version":"20.10.24"}}';;
  "ps -aq --no-trunc") echo c1;;
  *'"TOY_DIES"'*c1) echo '{"id":"c1","name":"/n","dies":["0,1"]}';;
esac`,
    );
    const { docker } = await probe({ accelerator: TOY });
    expect(docker.containers.map(({ dies }) => dies)).toEqual([[0, 1]]);
  });

  it('has its arguments in the containers of servers, and those of no die in that of the proxy', () => {
    const { desired } = drawn(clusterOf(DEPLOYMENT, false).facts);
    const run = (node: NodeName) => desired.nodes[node]!.container.run.join(' ');
    expect(run('d1')).toContain('-v /opt/toy:/opt/toy');
    expect(run('d1')).toContain('--device=/dev/toy0 --device=/dev/toy1');
    expect(run('d1')).toContain('-e TOY_DIES=0,1');
    expect(run('d1')).toContain('-w /toys');
    expect(run('d1')).toContain('--group-add toys');
    expect(run('c0')).not.toContain('/dev/toy');
  });

  it('passes planning: dies ping each other by its own tool, with the addresses of its own', () => {
    const { facts } = clusterOf(DEPLOYMENT, false);
    const pinging = Object.fromEntries(
      Object.entries(facts).map(([address, host]) => [
        address,
        host.reachable
          ? { ...host, deviceIps: { 0: `${address}.0` }, machine: { ...host.machine, pingsDies: true } }
          : host,
      ]),
    );
    const { steps } = planOf(drawn(pinging));
    expect(steps.filter(({ tag }) => tag === 'run_server').length).toBeGreaterThan(0);
    expect(steps.find(({ id }) => id === 'preflight/d0/reach')?.action).toMatchObject({
      argv: ['sh', '-c', 'toyctl ping "$@"', 'sh', '0=10.0.0.1.0', '0=10.0.0.3.0'],
    });
  });

  it('is named by its own words in findings', () => {
    expect(findingsWith(TOY)).toEqual([
      'die 3 of d0 is not on the host, which has 0, 1, 2 (mend ascend_rt_visible_devices, or see whether the driver lost it: toyctl list)',
      'process 4711 (python3) runs on die 2 that d0 needs (see whose it is before you end it: ps -o user,lstart,args -p 4711 on that host)',
      'die 0 has device IP 172.16.1.0, as has die 0 of 10.0.0.1 (give it another with toyctl address N IP)',
    ]);
  });

  it('is fit where its hosts are', () => {
    expect(findProblems(planInput(clusterOf(DEPLOYMENT, false)))).toEqual([]);
  });
});

function drawn(facts: Facts) {
  return buildClusterView(DEPLOYMENT, NO_INPUTS, facts);
}
