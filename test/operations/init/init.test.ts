import { describe, expect, it } from 'vitest';
import { engineOf } from '../../../src/engines/index.ts';
import { validateText } from '../../../src/operations/cluster/validate.ts';
import { type InitSettings, initText } from '../../../src/operations/init/init.ts';
import { parseHosts, parseShape, placeShape } from '../../../src/operations/init/initShape.ts';

const SETTINGS: InitSettings = {
  shape: '4P8-1D32',
  hosts: parseHosts('10.0.0.1-8'),
  diesPerHost: 16,
  diesPerNpu: 2,
  name: null,
  engine: null,
  accelerator: null,
  starter: engineOf('omni').starter({ codePath: null }),
  user: 'root',
  // a file that is there on every machine
  privateKey: '/dev/null',
  image: 'repo/omniinfer:tag',
  modelPath: '/data/models/r1',
  logPath: '/data/log',
  servedModelName: 'deepseek',
  proxyHost: null,
  proxyPort: 7000,
};

describe('a form', () => {
  it.each([
    ['4P8-1D32', [4, 8, 1, 32]],
    ['16p16-2d64', [16, 16, 2, 64]],
    ['4P1D', [4, null, 1, null]],
    ['4P16D', [4, null, 16, null]],
    ['4P8-1D', [4, 8, 1, null]],
    ['2P-1D32', [2, null, 1, 32]],
  ])('%s is understood', (text, [p, pNpus, d, dNpus]) => {
    expect(parseShape(text)).toEqual({
      prefill: { instances: p, npus: pNpus },
      decode: { instances: d, npus: dNpus },
    });
  });

  it.each(['', '4P', '0P1D', '4P0-1D32', 'P1D', '4P8 1D32'])("'%s' is refused", (text) => {
    expect(() => parseShape(text)).toThrow(
      `'${text}' is no form of a cluster: 4P8-1D32 is 4 prefill instances of 8 NPUs and 1 decode instance of 32; 4P1D leaves the NPUs to the hosts`,
    );
  });
});

describe('hosts', () => {
  it('are ranges and lists', () => {
    expect(parseHosts('10.0.0.1-3, 10.0.1.9-10.0.1.10,10.9.9.9')).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.3',
      '10.0.1.9',
      '10.0.1.10',
      '10.9.9.9',
    ]);
  });

  it.each([
    ['node1:22', 'Write only node1, and `ssh_port: 22` if that is the port of SSH.'],
    ['10.0.0.9-3', 'A range goes from a number to a larger one, at most 255: 10.0.0.1-8.'],
    ['10.0.0.1-10.0.1.3', 'The ends of a range differ only in their last number: write a range for each network.'],
    ['10.0.0.{1,4}', 'Write it as 10.0.0.1,10.0.0.4'],
    ['10,0,0,1', 'Separate its numbers by dots: 10.0.0.1'],
  ])('%s are refused', (text, hint) => {
    let refused: unknown;
    try {
      parseHosts(text);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'bad_shape', message: `\`${text}\` is not an IPv4 address.`, hint });
  });

  it('are ranges as Ansible writes them, and names', () => {
    expect(parseHosts('10.0.0.[9:11], npu[08:10],gate')).toEqual([
      '10.0.0.9',
      '10.0.0.10',
      '10.0.0.11',
      'npu08',
      'npu09',
      'npu10',
      'gate',
    ]);
  });

  it('go to prefill first; instances smaller than a host share one', () => {
    const machines = { hosts: ['10.0.0.1', '10.0.0.2', '10.0.0.3'], diesPerHost: 16, diesPerNpu: 2 };
    const half = (first: number) => Array.from({ length: 8 }, (_, i) => first + i);
    expect(placeShape(parseShape('2P4-1D16'), machines)).toEqual({
      prefill: [
        { hosts: ['10.0.0.1'], dies: half(0) },
        { hosts: ['10.0.0.1'], dies: half(8) },
      ],
      decode: [{ hosts: ['10.0.0.2', '10.0.0.3'], dies: Array.from({ length: 16 }, (_, i) => i) }],
    });
  });

  it.each([
    ['4P8-1D32', 7, 'this takes 8 hosts of 16 dies (4 for prefill, 4 for decode), and 7 are given'],
    [
      '1P8-1D8',
      3,
      'this takes 2 hosts of 16 dies (1 for prefill, 1 for decode), and 3 are given; 10.0.0.3 would be left over',
    ],
    ['1P3-1D8', 2, 'a prefill instance of 3 NPUs has 6 dies: neither whole hosts of 16 dies nor a whole part of one'],
    ['1P8-1D12', 3, 'a decode instance of 12 NPUs has 24 dies: neither whole hosts of 16 dies nor a whole part of one'],
  ])('%s on %i hosts is refused', (shape, numHosts, message) => {
    const hosts = parseHosts(`10.0.0.1-${numHosts}`);
    expect(() => placeShape(parseShape(shape), { hosts, diesPerHost: 16, diesPerNpu: 2 })).toThrow(message);
  });
});

describe('the file', () => {
  it('is commented', () => {
    expect(initText(SETTINGS)).toMatchInlineSnapshot(`
      "# 4P8-1D32: 4 prefill instances of 16 dies, one decode instance of 64 dies.
      # Written by omniplace init. Look at it with \`omniplace validate\`, \`explain\` and \`render\`;
      # nothing is touched before \`omniplace serve\`. Every key: docs/reference/deployment.md

      deployment:
        # holds for every host; a group or a \`host 10.0.0.1:\` block in it may say otherwise
        defaults:
          user: root
          # on this machine; \`omniplace keys setup\` makes it and brings its public half to the hosts
          private_key: /dev/null
          ascend_rt_visible_devices: "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
        # one group is one instance; its first host is the master
        prefill:
          group1:
            hosts: "10.0.0.1"
            master_port: 8000
            base_api_port: 9000
          group2:
            hosts: "10.0.0.2"
            master_port: 8001
            base_api_port: 9001
          group3:
            hosts: "10.0.0.3"
            master_port: 8002
            base_api_port: 9002
          group4:
            hosts: "10.0.0.4"
            master_port: 8003
            base_api_port: 9003
        # each host takes one API port per die, from base_api_port on
        decode:
          group1:
            hosts: "10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8"
            master_port: 8100
            base_api_port: 9100
        proxy:
          host: 10.0.0.1
          listen_port: 7000
      services:
        docker_image: repo/omniinfer:tag
        # the same on all hosts, and there already
        model_path: /data/models/r1
        # what requests name as \`model\`
        served_model_name: deepseek
        # on the hosts, one folder per node
        log_path: /data/log
        # further keys: gpu_util, extra_args, env, placement...
        prefill:
          max_model_len: 32000
          max_num_seqs: 16
        decode:
          max_model_len: 32000
          max_num_seqs: 32
      "
    `);
  });

  it('of GPUs has the keys of their engine', async () => {
    const gpus = { engine: 'vllm', accelerator: 'cuda', starter: engineOf('vllm').starter({ codePath: null }) };
    const hosts = parseHosts('10.0.0.1-4');
    const text = initText({ ...SETTINGS, ...gpus, shape: '2P8-1D16', hosts, diesPerHost: 8, diesPerNpu: 1 });
    expect((await validateText(text, 'c.yml', { overrides: [] })).faults).toEqual([]);
    expect(text).toContain('    devices: "0,1,2,3,4,5,6,7"\n');
    expect(text).toContain('  engine: vllm\n  accelerator: cuda\n');
    expect(text).toContain(
      '  decode:\n    max_model_len: 32000\n    max_num_seqs: 32\n    tensor_parallel_size: 1\n    enable_expert_parallel: true\n',
    );
  });

  it.each([
    ['4P8-1D32', '10.0.0.1-8', []],
    ['2P4-2D4', '10.0.0.1-2', ['several_decode_groups']],
    ['2P16-1D16', '10.0.0.1-6', []],
    ['120P8-1D8', '10.0.0.1-121', []],
    ['1P1D', '10.0.0.1-2', []],
  ])('of %s is valid, with no ports that collide', async (shape, hosts, warnings) => {
    const text = initText({ ...SETTINGS, shape, hosts: parseHosts(hosts) });
    const { faults, ok } = await validateText(text, 'c.yml', { overrides: [] });
    expect([ok, faults.map(({ code }) => code)]).toEqual([true, warnings]);
  });
});
