import { describe, expect, it } from 'vitest';
import { fieldAt, keysFor } from '../../../src/deployment/schema.ts';
import { readDeployment } from '../../../src/engines/readDeployment.ts';
import { explain, explanationText } from '../../../src/operations/explain/explain.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

const deployment = fakeDeployment({ decode: [{ hosts: ['10.0.0.2', '10.0.0.3'] }] });

describe('explain', () => {
  it('gives every value of every node with its reason', () => {
    const answer = explain(deployment, null);
    if ('problem' in answer) throw new Error(answer.problem);
    expect(Object.entries(answer.explanation).map(([name, { host }]) => [name, host])).toEqual([
      ['p0', '10.0.0.1'],
      ['d0', '10.0.0.2'],
      ['d1', '10.0.0.3'],
      ['c0', '10.0.0.1'],
    ]);
    expect(answer.explanation.d1?.values.server_offset).toEqual({
      value: 4,
      because: 'API servers on the earlier host of deployment.decode.group1',
    });
  });

  it('narrows to a node and to one value', () => {
    expect(explain(deployment, 'd1.kv_rank')).toEqual({
      explanation: {
        d1: {
          host: '10.0.0.3',
          values: { kv_rank: { value: 1, because: 'decode instance 0, counted from 0, after 1 prefill instance' } },
        },
      },
    });
  });

  it('names the one of several places that sets a value, and the defaults', () => {
    const text = `deployment:
  defaults: { agent: true, user: root, ascend_rt_visible_devices: "0,1", gpu_util: 0.8 }
  prefill: { group1: { hosts: 10.0.0.1, master_port: 8000, base_api_port: 9000 } }
  decode:
    group1:
      hosts: "10.0.0.2,10.0.0.3"
      master_port: 8100
      base_api_port: 9100
      max_model_len: 4096
      host 10.0.0.3: { max_model_len: 2048 }
  proxy: { host: 10.0.0.1, listen_port: 7000 }
services: { name: r1, docker_image: a:1, model_path: /m }
`;
    const parsed = readDeployment(text, { file: 'c.yml', directory: '/d', home: '/home/me' });
    const because = (what: string) => {
      const answer = explain(parsed.deployment!, what, null, parsed.positions);
      if ('problem' in answer) throw new Error(answer.problem);
      return Object.values(answer.explanation).flatMap(({ values }) => Object.values(values))[0]?.because;
    };
    expect(because('d0.gpu_util')).toBe('deployment.defaults.gpu_util, c.yml:2');
    expect(because('d0.max_model_len')).toBe('deployment.decode.group1.max_model_len, c.yml:9');
    expect(because('d1.max_model_len')).toBe('deployment.decode.group1.host 10.0.0.3.max_model_len, c.yml:10');
    expect(because('p0.max_model_len')).toBe('default of prefill');
  });

  const read = (text: string, ...overrides: string[]) =>
    readDeployment(text, { file: 'c.yml', directory: '/d', home: '/home/me', overrides });
  const rowsOf = (text: string, what: string | null, ...overrides: string[]) => {
    const { deployment, positions } = read(text, ...overrides);
    const answer = explain(deployment!, what, null, positions);
    if ('problem' in answer) throw new Error(answer.problem);
    return Object.fromEntries(
      Object.entries(answer.explanation).map(([name, { values }]) => [
        name,
        Object.fromEntries(Object.entries(values).map(([key, { value, because }]) => [key, `${value} | ${because}`])),
      ]),
    );
  };
  const TEXT = `deployment:
  defaults: { agent: true, devices: "0,1", master_port: 8000, env: { A: "1", VLLM_API_KEY: canary } }
  prefill: { group1: { hosts: 10.0.0.1, base_api_port: 9000, extra_args: [--load-format, dummy, --no-enable-chunked-prefill] } }
  decode: { group1: { hosts: "10.0.0.2", base_api_port: 9100, master_port: 8100, placement: { enable_dynamic: true } } }
  proxy: { host: 10.0.0.1, core_num: 8 }
services: { name: r1, docker_image: a:1, model_path: /m, decode: { env: { A: "0", C: null } }, container: { devices: [/dev/a] } }
`;

  it('gives every key that is written the place that counts, entries of maps too', () => {
    const rows = rowsOf(TEXT, null, 'services.decode.gpu_util=0.7');
    expect(rows.p0).toMatchObject({
      ascend_rt_visible_devices: '0,1 | deployment.defaults.devices, c.yml:2',
      master_port: '8000 | deployment.defaults.master_port, c.yml:2',
      load_format: 'dummy | deployment.prefill.group1.extra_args, c.yml:3',
      enable_chunked_prefill: 'false | deployment.prefill.group1.extra_args, c.yml:3',
    });
    expect(rows.d0).toMatchObject({
      gpu_util: '0.7 | -e services.decode.gpu_util',
      'env.A': '1 | deployment.defaults.env.A, c.yml:2',
      'env.C': 'null | services.decode.env.C, c.yml:6',
      'placement.enable_dynamic': 'true | deployment.decode.group1.placement.enable_dynamic, c.yml:4',
    });
    expect(rows.c0).toMatchObject({
      core_num: '8 | deployment.proxy.core_num, c.yml:5',
      start_core_index: '16 | default of the proxy',
    });
    expect(JSON.stringify(rows)).not.toContain('canary');
    expect(rows.d0).not.toHaveProperty('block_size');
  });

  it.each(['prefill', 'decode'] as const)(
    'gives every key of a %s node that is asked for a place or a default',
    (role) => {
      const name = role === 'prefill' ? 'p0' : 'd0';
      const row = rowsOf(TEXT, name)[name]!;
      const { properties } = fieldAt(['services', role])!;
      const isPlain = (key: string) => fieldAt(['services', role, key])!.type !== 'object';
      const keys = keysFor({ properties: properties! }, 'omni').filter((key) => isPlain(key) && key !== 'extra_args');
      expect(Object.keys(row)).toEqual(expect.arrayContaining(keys));
      expect(row.enforce_eager).toBe(`null | default of ${role}: prefill does, decode does not`);
      expect(row['placement.enable_dump']).toBe(`false | default of ${role}`);
    },
  );

  it('explains the keys that all nodes share', () => {
    expect(rowsOf(TEXT, 'services').services).toMatchObject({
      docker_image: 'a:1 | services.docker_image, c.yml:6',
      launcher: 'pd_run | default of services',
      'container.devices': '/dev/a | services.container.devices, c.yml:6',
      'ssh.port': '22 | default of services',
    });
  });

  it('shows what start scripts are written for, and where that was read', () => {
    const of = (from: string | null) => explain(deployment, 'p0.dialect', { name: 'Engine 1', from, accepts: null });
    const answer = (because: string) => ({
      explanation: { p0: { host: '10.0.0.1', values: { dialect: { value: 'Engine 1', because } } } },
    });
    expect(of('code')).toEqual(answer('start scripts are written for it: read from code on this machine'));
    expect(of(null)).toEqual(
      answer('start scripts are written for it: assumed, as no host is asked; facts reads the image'),
    );
  });

  it('names what there is when asked for what there is not', () => {
    expect(explain(deployment, 'd7')).toEqual({
      problem: "no node is called 'd7'; did you mean d0? There are p0, d0, d1, c0.",
    });
    expect(explain(deployment, 'd1.kv_rnak')).toMatchObject({
      problem: expect.stringMatching(
        /^no value of d1 is called 'kv_rnak'; did you mean kv_rank\? There are host, role, /,
      ),
    });
  });

  it.each(['toString', 'constructor', '__proto__'])('takes %s for no node and no value', (word) => {
    expect(explain(deployment, word)).toEqual({
      problem: `no node is called '${word}'. There are p0, d0, d1, c0.`,
    });
    expect(explain(deployment, `p0.${word}`)).toMatchObject({
      problem: expect.stringMatching(`^no value of p0 is called '${word}'. There are host, role, `),
    });
  });

  it('reads as a table per node, runs of numbers shortened', () => {
    const answer = explain(deployment, 'c0');
    if ('problem' in answer) throw new Error(answer.problem);
    const text = explanationText({
      ...answer.explanation,
      d1: {
        host: '10.0.0.3',
        values: { api_ports: { value: [9100, 9101, 9102], because: 'b' }, dies: { value: [0, 2], because: 'x' } },
      },
    });
    const lines = text.split('\n');
    expect(lines[0]).toBe('c0 on 10.0.0.1');
    expect(lines).toContain('  listen_port           7000                      deployment.proxy.listen_port');
    expect(lines.slice(-3)).toEqual(['d1 on 10.0.0.3', '  api_ports  9100-9102  b', '  dies       0,2        x']);
  });
});
