import { describe, expect, it } from 'vitest';
import type { MachineFacts, ReachedHost } from '../../src/facts/facts.ts';
import { buildClusterView, planInput } from '../../src/operations/cluster/clusterView.ts';
import { findProblems } from '../../src/plan/findings/findProblems.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'] }] });
const IMAGE = DEPLOYMENT.image;

/** What preflight finds where the host 10.0.0.3 is changed, and 10.0.0.2 too. */
function found(
  change: (host: ReachedHost) => ReachedHost,
  others: (host: ReachedHost) => ReachedHost = (host) => host,
) {
  const { facts } = clusterOf(DEPLOYMENT, false);
  const changed = Object.entries(facts).map(([address, host]) => {
    if (!host.reachable) throw new Error('not reached');
    return [address, address === '10.0.0.3' ? change(host) : others(host)] as const;
  });
  return findProblems(planInput(buildClusterView(DEPLOYMENT, NO_INPUTS, Object.fromEntries(changed)))).map(
    ({ severity, message, hint }) => `${severity}: ${message} (${hint})`,
  );
}

describe('the image of a cluster', () => {
  const having = (version: string, id: string, layers?: string) => (host: ReachedHost) => ({
    ...host,
    docker: {
      ...host.docker,
      version,
      images: { [IMAGE]: id },
      ...(layers === undefined ? {} : { layers: { [IMAGE]: layers } }),
    },
  });
  const ofImages = (lines: string[]) => lines.filter((line) => !line.includes('docker is '));

  it('is one image where its layers are equal, whatever ids two stores of docker give it', () => {
    expect(ofImages(found(having('29.0.2', 'sha256:manifest', 'a'), having('28.5.1', 'sha256:config', 'a')))).toEqual(
      [],
    );
  });

  it('is another image where its layers differ', () => {
    expect(ofImages(found(having('29.0.2', 'sha256:manifest', 'b'), having('28.5.1', 'sha256:config', 'a')))).toEqual([
      `error: ${IMAGE} is manifest here and config on 2 others, with other layers (docker rmi ${IMAGE} on that host, and serve brings the right one)`,
    ]);
  });

  it('may be one where layers are not listed and the stores count ids otherwise', () => {
    expect(ofImages(found(having('29.0.2', 'sha256:manifest'), having('28.5.1', 'sha256:config', 'a')))).toEqual([
      `warning: ${IMAGE} is manifest here and config on 2 others; ids depend on how docker stores images, and layers were not listed, so these may be one image (compare on both hosts: docker image inspect -f '{{json .RootFS.Layers}}' ${IMAGE})`,
    ]);
  });

  it('may be one too where layers are not listed and docker has one version, as its store is a setting', () => {
    expect(ofImages(found(having('28.5.1', 'sha256:other'), having('28.5.1', 'sha256:config')))).toEqual([
      `warning: ${IMAGE} is other here and config on 2 others; ids depend on how docker stores images, and layers were not listed, so these may be one image (compare on both hosts: docker image inspect -f '{{json .RootFS.Layers}}' ${IMAGE})`,
    ]);
  });
});

describe('addresses of dies', () => {
  const machine = (parts: Partial<MachineFacts>) => (host: ReachedHost) => ({
    ...host,
    machine: { ...host.machine, ...parts },
  });
  const live = { 0: '172.16.3.0', 1: '172.16.3.1', 2: '172.16.3.2' };

  it('are compared with the file that containers see, and the finding shows which one is used', () => {
    const configured = { ...live, 0: '192.168.1.100', 2: '192.168.1.102' };
    expect(found(machine({ dieAddresses: { live, configured }, pingsDies: true }))).toEqual([
      'warning: die 0 has device IP 172.16.3.0, which is used, but /etc/hccn.conf contains 192.168.1.100; die 2 differs too (containers see the file, and the host takes its addresses from it when it starts: correct /etc/hccn.conf, or set the address with hccn_tool -i N -ip -s)',
    ]);
  });

  it('are reported as taken from the file where no tool is on the host', () => {
    expect(found(machine({ dieAddresses: { live: {}, configured: live }, pingsDies: false }))).toEqual([
      "warning: device IPs of dies 0, 1, 2 are from /etc/hccn.conf: hccn_tool is not on the host, so they could not be compared, and dies are not pinged (find it with: find / -name hccn_tool, and put its folder on the PATH of that host's login shell)",
    ]);
  });

  it('are reported as taken from the file for a die that the tool did not report', () => {
    const { 1: _, ...others } = live;
    expect(found(machine({ dieAddresses: { live: others, configured: live }, pingsDies: true }))).toEqual([
      'warning: device IPs of die 1 are from /etc/hccn.conf: the driver did not report them (see why on that host: hccn_tool -i N -ip -g)',
    ]);
  });

  it('are not compared for dies that no server uses', () => {
    expect(
      found(machine({ dieAddresses: { live: { ...live, 99: '1.2.3.4' }, configured: { ...live, 99: '4.3.2.1' } } })),
    ).toEqual([]);
  });
});

describe('a process on a die', () => {
  const running = (parts: object) => (host: ReachedHost) => ({
    ...host,
    machine: { ...host.machine, dieProcesses: [{ die: 2, pid: 4711, name: 'python3', container: null, ...parts }] },
  });

  it('is named with its owner and command before advice to end it', () => {
    expect(found(running({ user: 'alice', command: 'python3 train.py' }))).toEqual([
      'error: process 4711 of alice (python3 train.py) runs on die 2 that d1 needs (if it may end: kill 4711 on that host)',
    ]);
  });

  it('is not to be ended where the host does not show whose it is', () => {
    expect(found(running({}))).toEqual([
      'error: process 4711 (python3) runs on die 2 that d1 needs (see whose it is before you end it: ps -o user,lstart,args -p 4711 on that host)',
    ]);
  });

  it('is left alone on a die that no server needs', () => {
    expect(found(running({ die: 99, user: 'alice', command: 'python3 train.py' }))).toEqual([]);
  });

  it('is shown with the start of a long command only', () => {
    const [text] = found(running({ user: 'alice', command: `python3 ${'x'.repeat(500)}` }));
    expect(text).toMatch(/^error: process 4711 of alice \(python3 x{112}\.\.\) runs on die 2/);
  });
});
