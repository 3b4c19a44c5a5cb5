import { describe, expect, it } from 'vitest';
import type { Facts, HostFacts, ReachedHost } from '../../../src/facts/facts.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { diagnose } from '../../../src/operations/doctor/diagnose.ts';
import { DiagnosisShape } from '../../../src/operations/doctor/doctor.gen.ts';
import type { Examination } from '../../../src/operations/doctor/examination.ts';
import { numberRanges } from '../../../src/operations/doctor/numberRanges.ts';
import { doctorText } from '../../../src/operations/doctor/text.ts';
import { clusterOf } from '../../fakes/clusters.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'], dies: [0, 1] }],
  decode: [{ hosts: ['10.0.0.2'], dies: [0, 1] }],
});
const WELL = [0, 1].map((die) => ({ die, problem: null, temperatureC: 40 + die }));

interface Found extends Partial<Omit<Examination, 'view' | 'portsOf'>> {
  readonly isServing?: boolean;
  /** The decode host instead. */
  readonly decode?: (host: ReachedHost) => HostFacts;
}

function diagnosed({ isServing = false, decode = (host) => host, ...rest }: Found = {}, shown = ['10.0.0.2']) {
  const { facts } = clusterOf(DEPLOYMENT, isServing);
  const changed: Facts = { ...facts, '10.0.0.2': decode(facts['10.0.0.2'] as ReachedHost) };
  const view = buildClusterView(DEPLOYMENT, NO_INPUTS, changed);
  return diagnose({ dies: { '10.0.0.1': WELL, '10.0.0.2': WELL }, modelIn: {}, ...rest, view }, new Set(shown));
}
const linesOf = (found: Found = {}) =>
  diagnosed(found).hosts[0]!.checks.map(
    ({ subject, state, text, next }) => `${state} ${subject}: ${text}${next === null ? '' : ` -> ${next}`}`,
  );
const lineOf = (subject: string, found: Found) => linesOf(found).filter((line) => line.split(/[ :]/)[1] === subject);

describe('doctor', () => {
  it('states what is right, a line for each subject', () => {
    expect(linesOf()).toEqual([
      'ok connection: logged in to h2 (Linux 6.1.0, x86_64)',
      'ok tools: rsync, python3, sha256sum found',
      'ok docker: docker 20.10.24 answers',
      'ok image: repo/omniinfer:1 is on the host (image)',
      'ok engine: what it accepts was read',
      'ok driver: the driver 24.1.rc3, the firmware of the dies 7.5.0.1, CANN 8.0.RC3',
      'ok devices: 16 devices seen: 0-15 (d0 uses 0-1)',
      'ok health: 0-1 healthy, up to 41 °C',
      'ok processes: none on the devices',
      'ok addresses: 16 device IPs: 172.16.2.0 and on; dies of other hosts can not be pinged from here',
      'ok model: /data/models/r1',
      'ok mounts: 12 paths to mount, all there',
      'ok memory: 1770 of 1863 GiB available',
      'ok disk: 931.3 GiB free at /var/lib/omniplace, 931.3 GiB free at /data/log, 931.3 GiB free at /var/lib/docker',
      'ok network: eth0 carries 10.0.0.2, MTU 1500',
      'ok ports: 9100-9101, 8100, 5568 free, or held by this cluster',
      'ok clock: 0 ms apart from this machine',
      'ok containers: d0 has no container yet',
    ]);
  });

  it('finds no fault with devices and ports that the cluster itself uses', () => {
    const found = { isServing: true, modelIn: { '10.0.0.2': { omniplace_decode_d0: true } } };
    expect(lineOf('processes', found)).toEqual(['ok processes: on the devices only those of d0']);
    expect(lineOf('containers', found)).toEqual(['ok containers: d0 runs']);
    expect(lineOf('model', found)).toEqual(['ok model: /data/models/r1, read by omniplace_decode_d0']);
    expect(diagnosed(found)).toMatchObject({ faults: 0, warnings: 0, unknown: 0 });
  });

  it('has the findings of preflight as faults and warnings, with the next command', () => {
    const decode = (host: ReachedHost) => ({
      ...host,
      clock: { ...host.clock, aheadMs: 9000 },
      machine: { ...host.machine, dieNodes: [0] },
    });
    expect(lineOf('devices', { decode })).toEqual([
      'fault devices: die 1 of d0 is not on the host, which has 0 -> mend ascend_rt_visible_devices, or see whether the driver lost it: npu-smi info -l',
    ]);
    expect(lineOf('clock', { decode })[0]).toMatch(/^warning clock: clock is 9\.0 s ahead/);
    expect(diagnosed({ decode })).toMatchObject({ faults: 1, warnings: 1 });
  });

  it('calls a host without any device of its own a fault', () => {
    const decode = (host: ReachedHost) => ({ ...host, machine: { ...host.machine, dieNodes: [] } });
    expect(lineOf('devices', { decode })).toEqual([
      'fault devices: no device is seen in /dev, and d0 uses 0-1 -> see whether the driver is loaded: npu-smi info -l; dmesg | tail -n 50',
    ]);
  });

  it('tells a device that is not well from a driver that does not answer', () => {
    const dies = { '10.0.0.2': [WELL[0]!, { die: 1, problem: 'Alarm', temperatureC: 99 }] };
    expect(lineOf('health', { dies })).toEqual([
      'fault health: die 1 of d0 is not well: Alarm -> stop what runs on it and reset it, or leave it out of the deployment; the log of the driver shows why',
      'warning health: die 1 of d0 has 99 °C, over 85 °C -> look at the fans and the air of that host: a driver slows hot devices down',
    ]);
    expect(lineOf('health', { dies: { '10.0.0.2': null } })).toEqual([
      'unknown health: the driver did not answer how its devices are -> npu-smi info -l',
    ]);
    expect(lineOf('health', { dies: { '10.0.0.2': [WELL[0]!] } })).toEqual([
      'unknown health: the driver does not list 1 -> npu-smi info -l',
    ]);
  });

  it('has a minor alarm as a warning, and what is not listed next to what is not well', () => {
    const minor = { die: 0, problem: 'Warning', isMinor: true, temperatureC: 40 };
    expect(lineOf('health', { dies: { '10.0.0.2': [minor] } })).toEqual([
      'warning health: die 0 of d0 has a minor alarm: Warning -> the log of the driver shows the alarm; the device still works',
      'unknown health: the driver does not list 1 -> npu-smi info -l',
    ]);
  });

  it('does not know what a driver does not answer, and names no program of it as the next command', () => {
    const driverSilent = 'npu-smi failed with exit code 1: ret is -8020';
    const decode = (host: ReachedHost) => ({
      ...host,
      machine: { ...host.machine, dieProcesses: null, driverSilent },
    });
    const next = 'see whether the driver is installed and loaded: dmesg | tail -n 50';
    expect(lineOf('processes', { decode })).toEqual([
      `unknown processes: the driver did not answer what runs on its devices: ${driverSilent} -> ${next}`,
    ]);
    expect(lineOf('health', { decode, dies: { '10.0.0.2': null } })).toEqual([
      `unknown health: the driver did not answer how its devices are: ${driverSilent} -> ${next}`,
    ]);
  });

  it('calls a running container that can not read the model a fault', () => {
    const modelIn = { '10.0.0.2': { omniplace_decode_d0: false } };
    expect(lineOf('model', { isServing: true, modelIn })[0]).toMatch(
      /^fault model: omniplace_decode_d0 can't read \/data\/models\/r1\/config\.json, which the host has -> compare/,
    );
  });

  it('states nothing else of a host that was not reached, with the command that its error names', () => {
    const decode = (): HostFacts => ({
      reachable: false,
      address: '10.0.0.2',
      code: 'auth',
      reason: 'the host accepts none of what was tried (set private_key)',
      hint: 'set private_key',
    });
    expect(linesOf({ decode })).toEqual([
      'fault connection: the host accepts none of what was tried -> set private_key',
    ]);
  });

  it('states nothing of images and containers where docker does not answer', () => {
    const decode = (host: ReachedHost): ReachedHost => ({
      ...host,
      docker: { ...host.docker, state: 'down', reason: 'Cannot connect.' },
    });
    const lines = linesOf({ decode });
    expect(lines.filter((line) => / (image|containers):/.test(line))).toEqual([]);
    expect(lines).toContain('fault docker: docker does not answer: Cannot connect. -> systemctl start docker');
  });

  it('compares with hosts that are not shown', () => {
    const decode = (host: ReachedHost): ReachedHost => ({ ...host, arch: 'aarch64' });
    expect(lineOf('image', { decode })).toEqual([
      'fault image: the host is aarch64, another host is x86_64 -> one image runs on one of them',
    ]);
  });

  it('answers in the form of its schema', () => {
    expect(DiagnosisShape.validate(diagnosed({}, ['10.0.0.1', '10.0.0.2']))).toBe(true);
  });
});

describe('what doctor prints', () => {
  it('is one aligned list per host, with the next command below a fault, and a count', () => {
    const diagnosis = diagnosed({ dies: { '10.0.0.2': null } });
    const [host] = diagnosis.hosts;
    const some = { ...host!, checks: host!.checks.filter(({ subject }) => ['devices', 'health'].includes(subject)) };
    expect(doctorText({ ...diagnosis, hosts: [some] }, false)).toBe(
      [
        '10.0.0.2 (h2): d0',
        '  ok       devices     16 devices seen: 0-15 (d0 uses 0-1)',
        '  unknown  health      the driver did not answer how its devices are',
        '                       -> npu-smi info -l',
        '',
        '1 host: 0 faults, 0 warnings, 1 unknown',
      ].join('\n'),
    );
  });

  it('has colours on a terminal only', () => {
    expect(doctorText(diagnosed(), true)).toContain('\u001b[32mok     \u001b[0m');
    expect(doctorText(diagnosed(), false)).not.toContain('\u001b');
  });
});

it.each([
  [[3, 1, 2, 7], '1-3,7'],
  [[0], '0'],
  [[], ''],
])('devices %j are written %s', (numbers, text) => {
  expect(numberRanges(numbers)).toBe(text);
});
