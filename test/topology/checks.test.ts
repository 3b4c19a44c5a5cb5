import { describe, expect, it } from 'vitest';
import type { Login, RoleSettings } from '../../src/deployment/deployment.ts';
import { Secret } from '../../src/deployment/secret.ts';
import { boundPorts } from '../../src/engines/boundPorts.ts';
import { omniEngine } from '../../src/engines/omni/index.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { checkTopology } from '../../src/topology/checks.ts';
import { type FakeDeployment, fakeDeployment } from '../fakes/deployment.ts';

const DIES_16 = Array.from({ length: 16 }, (_, i) => i);

/** `severity code path: message` of each fault; every path is taken to be written. */
function faultsOf(parts: FakeDeployment, written: (path: string) => boolean = () => true): string[] {
  const deployment = fakeDeployment(parts);
  const topology = topologyOf(deployment);
  const ports = topology.nodes.flatMap(boundPorts(omniEngine, deployment, topology));
  const places = new Map<string, number>();
  const lineOf = (path: string) => places.get(path) ?? places.set(path, places.size + 1).get(path)!;
  const placeOf = (path: string) => {
    let known = path;
    while (!written(known) && known.includes('.')) known = known.slice(0, known.lastIndexOf('.'));
    return { line: lineOf(known), col: 1 };
  };
  return checkTopology(deployment, topology, ports, placeOf).map(
    ({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`,
  );
}

describe('checkTopology', () => {
  it('has nothing to say of a sound deployment', () => {
    expect(faultsOf({})).toEqual([]);
    expect(
      faultsOf({
        prefill: [
          { hosts: ['10.0.0.1'], dies: [0, 1] },
          { hosts: ['10.0.0.1'], dies: [2, 3] },
        ],
      }),
    ).toEqual([]);
  });

  it('finds a port inside the range another node takes on the host', () => {
    expect(
      faultsOf({ decode: [{ hosts: ['10.0.0.2'], dies: DIES_16 }], proxy: { host: '10.0.0.2', listenPort: 9115 } }),
    ).toEqual([
      'error port_collision deployment.proxy.listen_port: Port 9115 of 10.0.0.2 is wanted twice: by the proxy c0 (9115) and by the API servers of d0 (9100-9115).',
    ]);
    expect(
      faultsOf({ decode: [{ hosts: ['10.0.0.2'], dies: DIES_16 }], proxy: { host: '10.0.0.2', listenPort: 9116 } }),
    ).toEqual([]);
  });

  it('compares ports only on one host', () => {
    expect(
      faultsOf({
        prefill: [{ hosts: ['10.0.0.1'], baseApiPort: 9100 }],
        decode: [{ hosts: ['10.0.0.2'], baseApiPort: 9100 }],
      }),
    ).toEqual([]);
  });

  it('blames the key that can be changed when a fixed port is hit', () => {
    expect(faultsOf({ prefill: [{ hosts: ['10.0.0.1'], baseApiPort: 5568 }] })).toEqual([
      'error port_collision deployment.prefill.group1.host 10.0.0.1.base_api_port: Port 5568 of 10.0.0.1 is wanted twice: by the API servers of p0 (5568) and by the KV transfer (zmq) of p0 (5568).',
    ]);
    expect(faultsOf({ prefill: [{ hosts: ['10.0.0.1', '10.0.0.3'] }], proxy: { listenPort: 6379 } })).toEqual([
      'error port_collision deployment.proxy.listen_port: Port 6379 of 10.0.0.1 is wanted twice: by the proxy c0 (6379) and by the ray head of p0 (6379).',
    ]);
  });

  it("finds a decode master port among its own API ports, but only on the master's host", () => {
    expect(faultsOf({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], masterPort: 9102 }] })).toEqual([
      'error port_collision deployment.decode.group1.host 10.0.0.2.master_port: Port 9102 of 10.0.0.2 is wanted twice: by the master port of d0 (9102) and by the API servers of d0 (9100-9103).',
    ]);
  });

  it("only warns of a prefill master port, which nothing binds: omni_cli's own sample has it", () => {
    expect(faultsOf({ prefill: [{ hosts: ['10.0.0.1'], masterPort: 8080 }], proxy: { listenPort: 8080 } })).toEqual([
      'warning port_collision deployment.prefill.group1.host 10.0.0.1.master_port: Port 8080 of 10.0.0.1 is the master port of p0, and is bound by the proxy c0 (8080).',
    ]);
  });

  it('finds ranges that run past the last port', () => {
    expect(faultsOf({ decode: [{ hosts: ['10.0.0.2'], dies: DIES_16, baseApiPort: 65_530 }] })).toEqual([
      'error port_past_end deployment.decode.group1.host 10.0.0.2.base_api_port: The API servers of d0 (65530-65545) on 10.0.0.2 would go past port 65535.',
    ]);
  });

  it('finds dies that two nodes of a host use', () => {
    expect(
      faultsOf({
        prefill: [
          { hosts: ['10.0.0.1'], dies: [0, 1, 2] },
          { hosts: ['10.0.0.1'], dies: [1, 2, 3] },
        ],
      }),
    ).toEqual([
      'error die_collision deployment.prefill.group2.host 10.0.0.1.ascend_rt_visible_devices: Dies 1,2 of 10.0.0.1 are used by p0 and by p1.',
    ]);
  });

  it('warns of a master port that no one uses', () => {
    expect(
      faultsOf({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], overrides: { '10.0.0.3': { masterPort: 1 } } }] }),
    ).toEqual([
      'warning ignored_setting deployment.decode.group1.host 10.0.0.3.master_port: The master port 1 of 10.0.0.3 is not used: decode group1 meets at port 8100 of 10.0.0.2.',
    ]);
  });

  it('points at the strongest place that says the value', () => {
    const parts = { decode: [{ hosts: ['10.0.0.2'], dies: DIES_16, baseApiPort: 65_530 }] };
    const pathWhere = (written: (path: string) => boolean) => faultsOf(parts, written)[0]?.split(': ')[0];
    expect(pathWhere((path) => !path.includes('host 10'))).toBe(
      'error port_past_end deployment.decode.group1.base_api_port',
    );
    expect(pathWhere((path) => !path.startsWith('deployment.decode.group1.'))).toBe(
      'error port_past_end deployment.defaults.base_api_port',
    );
    expect(pathWhere((path) => !path.includes('base_api_port'))).toBe('error port_past_end deployment.decode.group1');
  });

  it('warns of hosts of one instance that differ in what its ranks must share', () => {
    const settings = fakeDeployment().decode[0]!.settings;
    const odd = (more: Partial<RoleSettings>) => ({
      decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], overrides: { '10.0.0.3': { settings: { ...settings, ...more } } } }],
    });
    expect(faultsOf(odd({ maxModelLen: 8192, extraArgs: ['--trace'] }))).toEqual([
      'warning unequal_settings deployment.decode.group1.host 10.0.0.3.max_model_len: Decode group1 has another `max_model_len` on 10.0.0.3 than on 10.0.0.2.',
      'warning unequal_settings deployment.decode.group1.host 10.0.0.3.extra_args: Decode group1 has another `extra_args` on 10.0.0.3 than on 10.0.0.2.',
    ]);
    // what a host may have of its own
    expect(faultsOf(odd({ env: { HCCL_SOCKET_IFNAME: 'eth1' }, gpuUtil: 0.8 }))).toEqual([]);
  });

  it('finds a host that is logged in to in two ways', () => {
    const login = fakeDeployment().decode[0]!.hosts[0]!.login;
    const halves = (other: Partial<Login>) => ({
      prefill: [
        { hosts: ['10.0.0.1'], dies: [0, 1] },
        { hosts: ['10.0.0.1'], dies: [2, 3], overrides: { '10.0.0.1': { login: { ...login, ...other } } } },
      ],
    });
    expect(faultsOf(halves({ user: 'deploy', jump: 'ops@203.0.113.9' }))).toEqual([
      'error login_conflict deployment.prefill.group2.host 10.0.0.1.user: prefill group2 reaches 10.0.0.1 by deploy at port 22 through ops@203.0.113.9, prefill group1 by root at port 22.',
    ]);
    expect(faultsOf(halves({ port: 2222 }))).toEqual([
      'error login_conflict deployment.prefill.group2.host 10.0.0.1.ssh_port: prefill group2 reaches 10.0.0.1 by root at port 2222, prefill group1 by root at port 22.',
    ]);
    expect(faultsOf(halves({ privateKey: null, password: { from: 'env', variable: 'P' } }))).toEqual([
      'warning login_conflict deployment.prefill.group2.host 10.0.0.1.private_key: prefill group2 logs in to 10.0.0.1 with another `private_key` than prefill group1.',
    ]);
    expect(faultsOf({ proxy: { login: { ...login, user: 'ops' } } })).toEqual([
      'error login_conflict deployment.proxy.user: the proxy reaches 10.0.0.1 by ops at port 22, prefill group1 by root at port 22.',
    ]);
  });

  it('tells plain secrets apart without showing them', () => {
    const login = fakeDeployment().prefill[0]!.hosts[0]!.login;
    const plain = (value: string) => ({ ...login, password: { from: 'plain' as const, value: new Secret(value) } });
    const both = (one: string, other: string) => ({
      prefill: [{ hosts: ['10.0.0.1'], overrides: { '10.0.0.1': { login: plain(one) } } }],
      proxy: { login: plain(other) },
    });
    expect(faultsOf(both('hunter2', 'hunter2'))).toEqual([]);
    expect(faultsOf(both('hunter2', 'hunter3'))).toEqual([
      'warning login_conflict deployment.proxy.password: the proxy logs in to 10.0.0.1 with another `password` than prefill group1.',
    ]);
  });

  it('looks at mixed servers too', () => {
    expect(
      faultsOf({
        mixed: [
          { hosts: ['10.0.0.1'], baseApiPort: 8300, dies: [0, 1] },
          { hosts: ['10.0.0.1'], baseApiPort: 8300, dies: [1] },
        ],
      }),
    ).toEqual([
      'error port_collision deployment.mixed.group2.host 10.0.0.1.base_api_port: Port 8300 of 10.0.0.1 is wanted twice: by the API servers of m1 (8300) and by the API servers of m0 (8300).',
      'error die_collision deployment.mixed.group2.host 10.0.0.1.ascend_rt_visible_devices: Die 1 of 10.0.0.1 is used by m0 and by m1.',
    ]);
  });
});
