import { describe, expect, it } from 'vitest';
import { portsOf } from '../../src/engines/omni/ports.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { checkTopology } from '../../src/topology/checks.ts';
import { type FakeDeployment, fakeDeployment } from '../fakes/deployment.ts';

const DIES_16 = Array.from({ length: 16 }, (_, i) => i);

/** `severity code path: message` of each fault; every path is taken to be written. */
function faultsOf(parts: FakeDeployment, written: (path: string) => boolean = () => true): string[] {
  const deployment = fakeDeployment(parts);
  const topology = buildTopology(deployment);
  const ports = topology.nodes.flatMap((node) => portsOf(node, topology));
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

  it('finds hosts of one instance with different numbers of dies', () => {
    const overrides = { '10.0.0.9': { dies: [0, 1] } };
    expect(faultsOf({ prefill: [{ hosts: ['10.0.0.1', '10.0.0.9'], overrides }] })).toEqual([
      'error unequal_dies deployment.prefill.group1.host 10.0.0.9.ascend_rt_visible_devices: Prefill group1 has 4 dies on 10.0.0.1, but 2 on 10.0.0.9.',
    ]);
    expect(faultsOf({ decode: [{ hosts: ['10.0.0.2', '10.0.0.9'], overrides }] })).toEqual([
      'warning unequal_dies deployment.decode.group1.host 10.0.0.9.ascend_rt_visible_devices: Decode group1 has 4 dies on 10.0.0.2, but 2 on 10.0.0.9.',
    ]);
  });

  it('warns of several decode groups, and of a master port that no one uses', () => {
    expect(faultsOf({ decode: [{ hosts: ['10.0.0.2'] }, { hosts: ['10.0.0.3'] }] })).toEqual([
      'warning several_decode_groups deployment.decode.group2: There are 2 decode groups; OmniInfer vouches for one.',
    ]);
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
});
