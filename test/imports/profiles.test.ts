import { describe, expect, it } from 'vitest';
import { importFiles } from '../../src/imports/index.ts';
import { type ProfileNode, profiles } from './profileSample.ts';
import { imported, started } from './started.ts';

const start = (nodes: readonly Partial<ProfileNode>[], name: 'p0' | 'd0' | 'd1' = 'd0') => {
  const result = imported({ file: 'server_profiles.yml', text: profiles(nodes) });
  return { ...result, ...started(result.deployment, name) };
};
const DECODE = { name: 'd0', role: 'decode' } as const;

describe("a node of omni_cli's server profiles", () => {
  it('keeps its sizes, its speculation and its caching', () => {
    const { args } = start([
      {
        ...DECODE,
        dies: '0,1,2,3,4,5,6,7',
        args: { tp: 4, 'num-servers': 2, 'num-dp': 2, 'enable-mtp': '', 'num-speculative-tokens': 2, 'block-size': 64 },
        extra: { 'enable-prefix-caching': '', 'swap-space': 15 },
      },
    ]);
    expect(args).toMatchObject({
      '--tp': '4',
      '--num-servers': '2',
      '--num-dp': '2',
      '--num-speculative-tokens': '2',
      '--block-size': '64',
      '--extra-args': '--enable-prefix-caching --swap-space 15',
    });
    expect(args).not.toHaveProperty('--additional-config');
  });

  it('has misspelt keys of OmniPlacement listed, which took its defaults', () => {
    const config = { max_moe_layer_num: 58, enale_dynamic: false, enable_zero_expert: true };
    const args = { 'additional-config': { enable_omni_placement: true, omni_placement_config: config } };
    const { args: given, left, cluster } = start([{ ...DECODE, args }]);
    expect(left).toEqual([
      'server_profiles.yml:71: d0.args.additional-config.omni_placement_config.enale_dynamic: false',
    ]);
    expect(cluster.leftovers[0]!.because).toBe('OmniPlacement has no such key and took its default of enable_dynamic');
    expect(JSON.parse(given['--additional-config']!).omni_placement_config).toMatchObject({
      enable_dynamic: true,
      enable_zero_expert: true,
    });
  });

  it('keeps arguments of vLLM under keys of their own', () => {
    const { text, args } = start([
      {
        ...DECODE,
        args: { 'load-format': 'dummy', 'reasoning-parser': 'qwen3', 'enable-auto-tool-choice': '', dtype: 'bfloat16' },
        extra: {
          'tool-call-parser': 'hermes',
          'no-enable-chunked-prefill': '',
          'kv-events-config': { publisher: 'zmq' },
          'speculative-config': '{"method":"eagle3","num_speculative_tokens":1}',
        },
      },
    ]);
    for (const line of ['load_format: dummy', 'reasoning_parser: qwen3', 'enable_auto_tool_choice: true'])
      expect(text).toContain(`    ${line}\n`);
    expect(text).toContain('enable_chunked_prefill: false\n');
    expect(text).not.toContain('extra_args');
    expect(args).toMatchObject({ '--load-format': 'dummy', '--dtype': 'bfloat16', '--tool-call-parser': 'hermes' });
    expect(args['--extra-args']).toBe(
      '--speculative-config {"method":"eagle3","num_speculative_tokens":1} --kv-events-config {"publisher":"zmq"}',
    );
    expect(args).not.toHaveProperty('--num-speculative-tokens');
  });

  it('without a key is reached by the agent, which is noted once for each host', () => {
    const text = profiles([DECODE]).replace(/^ *ansible_ssh_private_key_file: .*\n/gm, '');
    const { text: made } = imported({ file: 'server_profiles.yml', text });
    expect(made).toContain('# The original names no key for p0, d0, c0: ssh took');
    expect(made).toContain('agent: true\n');
  });

  it.each([
    ['root@10.0.0.2', /server_profiles.yml:\d+: ansible_host of d0: `root@10.0.0.2` is not an IPv4 address/],
    ['10.0.0.256', /server_profiles.yml:\d+: ansible_host of d0: `10.0.0.256` is not an IPv4 address/],
  ])('at %s is refused with its place', (ip, message) => {
    expect(() => importFiles([{ file: 'server_profiles.yml', text: profiles([{ ...DECODE, ip }]) }])).toThrow(message);
  });

  it.each([
    ["ansible_become: 'yes'", 'become: sudo'],
    [`ansible_ssh_common_args: '-o ProxyJump="ops@h:2222"'`, 'jump: ops@h:2222'],
    [`ansible_ssh_common_args: '-o ProxyCommand="ssh -W %h:%p -p 2222 ops@h"'`, 'jump: ops@h:2222'],
  ])('with %s keeps it', (line, written) => {
    const text = profiles([DECODE]).replace(/^( *)ansible_host: .*$/gm, `$&\n$1${line}`);
    expect(imported({ file: 'server_profiles.yml', text }).text).toContain(written);
  });

  it('in a file that is not YAML is refused with its line', () => {
    const text = `${profiles([DECODE])}  x: [1, 2\n`;
    expect(() => importFiles([{ file: 'server_profiles.yml', text }])).toThrow(/server_profiles.yml:\d+:\d+: not YAML/);
  });

  it('keeps another speculation next to MTP, as vLLM gets both', () => {
    const speculative = '{"method":"deepseek_mtp","num_speculative_tokens":1}';
    const { args } = start([{ ...DECODE, args: { 'enable-mtp': '' }, extra: { 'speculative-config': speculative } }]);
    expect(args['--num-speculative-tokens']).toBe('1');
    expect(args['--extra-args']).toBe(`--speculative-config ${speculative}`);
  });

  it('has numbers of servers that contradict its dies listed, or as a key that validate refuses', () => {
    const args = { 'num-servers': 4, 'num-dp': 4, 'server-offset': 8 };
    const { text, left } = start([{ ...DECODE, args }]);
    expect(text).toContain('num_servers: 4\n');
    expect(left).toEqual([
      'server_profiles.yml:68: d0.args.num-dp: 4',
      'server_profiles.yml:69: d0.args.server-offset: 8',
    ]);
  });

  it('gets neither MTP nor OmniPlacement nor a graph, which it does not switch on', () => {
    const { args } = start([{ ...DECODE, extra: { 'enforce-eager': '' } }]);
    expect(args).not.toHaveProperty('--num-speculative-tokens');
    expect(args['--extra-args']).toBe('--enforce-eager');
    expect(args).not.toHaveProperty('--additional-config');
  });

  it('keeps its connector whole, and leaves out what it does not name', () => {
    const connector = {
      kv_connector: 'LMCacheConnector',
      kv_role: 'kv_both',
      kv_port: '$((MASTER_PORT + 5000))',
      kv_connector_extra_config: { prefill_pod_num: '$PREFILL_POD_NUM' },
    };
    const { args } = start([{ ...DECODE, args: { 'kv-transfer-config': connector } }]);
    expect(JSON.parse(args['--kv-transfer-config']!)).toEqual({
      kv_connector: 'LMCacheConnector',
      kv_role: 'kv_both',
      kv_port: 13_100,
      kv_connector_extra_config: { prefill_pod_num: '1' },
    });
  });

  it('keeps variables, evaluated, and those before the ones of the image', () => {
    const env = {
      CODE_PATH: '/workspace/omniinfer',
      ENDPOINT_PORT: '$((API_PORT + 100))',
      TIKTOKEN_ENCODINGS_BASE: '${CODE_PATH}/encodings',
      PYTHONPATH: '/opt/site:$PYTHONPATH',
    };
    const result = start([{ ...DECODE, env }]);
    expect(result.env).toMatchObject({
      ENDPOINT_PORT: '9200',
      TIKTOKEN_ENCODINGS_BASE: '/workspace/omniinfer/encodings',
      PYTHONPATH: '/opt/site:"${PYTHONPATH:-}"',
    });
    expect(result.text).not.toContain('code_path');
    const unset = [
      'HCCL_BUFFSIZE',
      'ENABLE_APC_EVENT',
      'ENABLE_OVERWRITE_REQ_IDS',
      'HCCL_RDMA_TIMEOUT',
      'LLM_WAITING_OUT',
    ];
    expect(result.deployment.decode[0]?.settings.unsetEnv).toEqual(expect.arrayContaining(unset));
  });

  it('keeps variables of one host of an instance with that host', () => {
    const of = (name: string, ip: string, port: string) =>
      ({ ...DECODE, name, ip, env: { VLLM_LLMDATADIST_ZMQ_PORT: port } }) as const;
    const nodes = [
      of('d0', '10.0.0.2', '5568'),
      { ...of('d1', '10.0.0.3', '5584'), master: 'd0', masterIp: '10.0.0.2' },
    ];
    expect(start(nodes).env.VLLM_LLMDATADIST_ZMQ_PORT).toBe('5568');
    expect(start(nodes, 'd1').env.VLLM_LLMDATADIST_ZMQ_PORT).toBe('5584');
  });

  it('keeps weights of its own', () => {
    const result = start([{ ...DECODE, env: { MODEL_PATH: '/data/models/other' } }]);
    expect(result.args['--model-path']).toBe('/data/models/other');
    expect(result.deployment.modelPath).toBe('/data/models/r1');
  });

  it("gets omniplace's rank tables and dumps, which is noted", () => {
    const { left } = start([
      {
        ...DECODE,
        env: { RANK_TABLE_FILE_PATH: '$(ls /tmp/ranktable/local_*.json)' },
        args: {
          'additional-config': {
            enable_omni_placement: true,
            omni_placement_config: { pattern_path: '', enable_dynamic: false, dump_dir: '../dump', enable_dump: false },
          },
        },
      },
    ]);
    expect(left.map((each) => each.replace(/^[^ ]* /, ''))).toEqual([
      'd0.args.additional-config.omni_placement_config.dump_dir: "../dump"',
      'd0.env.RANK_TABLE_FILE_PATH: "$(ls /tmp/ranktable/local_*.json)"',
    ]);
  });

  it.each([
    ['a command', { OWN: '$(date)' }, 'd0.env.OWN: the command substitution $(date) is not run here'],
    ['a variable of the host', { OWN: '$HOSTNAME' }, 'd0.env.OWN: $HOSTNAME is not set in the file'],
    ['a placeholder', { OWN: 'your_path/model' }, 'd0.env.OWN: your_path/model has to be filled in'],
  ])('is refused with %s, at its line', (_, env, message) => {
    const file = { file: 'server_profiles.yml', text: profiles([{ ...DECODE, env }]) };
    expect(() => importFiles([file])).toThrow(
      new RegExp(`server_profiles\\.yml:\\d+: ${message.replaceAll(/[$().]/g, '\\$&')}`),
    );
  });
});

describe("values of a node of omni_cli's server profiles", () => {
  it('are read where maps are written as texts', () => {
    const { args } = start([
      {
        ...DECODE,
        args: {
          'kv-transfer-config': '{"kv_connector":"Own","kv_rank":$KV_RANK}',
          'additional-config': '{"enable_hybrid_graph_mode":true}',
          'extra-args': '--max-num-seqs 99 --enable-expert-parallel --swap-space=15',
        },
      },
    ]);
    expect(JSON.parse(args['--kv-transfer-config']!)).toEqual({ kv_connector: 'Own', kv_rank: 1 });
    expect(JSON.parse(args['--additional-config']!)).toEqual({ enable_hybrid_graph_mode: true });
    expect(args['--extra-args']).toBe('--enable-expert-parallel --max-num-seqs 99 --swap-space 15');
  });

  it('of null leave an argument out, and make a variable empty', () => {
    const args = { 'enable-mtp': null, 'no-enable-prefix-caching': null };
    const result = start([{ ...DECODE, args, env: { OWN: null } }]);
    expect(result.args).not.toHaveProperty('--num-speculative-tokens');
    expect(result.args['--extra-args'] ?? '').not.toContain('prefix-caching');
    expect(result.env.OWN).toBe('');
  });

  it('are variables as Python prints them', () => {
    const written = { A: 'true', B: 'on', C: '1.0', D: '1e6', E: '2025-10-01', F: 'y', G: '0755', H: '"1.0"', I: '08' };
    const lines = Object.entries(written).map(([name, value]) => `            OWN_${name}: ${value}\n`);
    const text = profiles([DECODE]).replace(/( +)ROLE: decode\n/, (line) => line + lines.join(''));
    const { deployment } = imported({ file: 'server_profiles.yml', text });
    const { env } = started(deployment, 'd0');
    expect(Object.keys(written).map((name) => env[`OWN_${name}`])).toEqual([
      'True',
      'True',
      '1.0',
      '1e6',
      '2025-10-01',
      'y',
      '493',
      '1.0',
      '08',
    ]);
  });

  it('that are commands for lists of servers are replaced by the own list', () => {
    const { left } = start([{ ...DECODE, env: { DECODE_SERVER_LIST: "$(echo 8,9 | tr ',' ' ')" } }]);
    expect(left.join()).toContain('d0.env.DECODE_SERVER_LIST: ');
  });

  it.each<[string, Partial<ProfileNode>, string]>([
    ['no JSON', { args: { 'kv-transfer-config': '{a' } }, 'args.kv-transfer-config: it is not the JSON of a map'],
    ['no word', { args: { 'extra-args': 'x' } }, 'args.extra-args: x stands before any --name'],
    ['a switch of false', { args: { 'enable-mtp': false } }, 'args.enable-mtp: omni_cli writes --enable-mtp False'],
    ['a further one', { extra: { 'enforce-eager': false } }, 'args.extra-args.enforce-eager: omni_cli writes'],
    [
      'a further null',
      { extra: { 'swap-space': null } },
      'args.extra-args.swap-space: omni_cli writes --swap-space None',
    ],
    ['a further map', { extra: { x: { a: 1 } } }, 'args.extra-args.x: it is a map or a list'],
    ['a list', { env: { OWN: [1, 2] } }, 'env.OWN: it is a map or a list'],
    [
      'both ways of caching',
      { extra: { 'enable-prefix-caching': '', 'no-enable-prefix-caching': '' } },
      'args.extra-args.no-enable-prefix-caching: enable-prefix-caching is set too',
    ],
    ['no number', { args: { tp: 'eight' } }, 'args.tp: eight is not a number'],
    ['a later variable', { env: { OWN_A: '${OWN_B}', OWN_B: '$ROLE' } }, 'env.OWN_A: $OWN_B is set further below'],
    [
      'a placeholder within a map',
      { args: { 'kv-transfer-config': { extra: { path: 'your_path/x' } } } },
      'args.kv-transfer-config.extra: {"path":"your_path/x"} has to be filled in',
    ],
  ])('are refused at their line: %s', (_, node, message) => {
    const file = { file: 'server_profiles.yml', text: profiles([{ ...DECODE, ...node }]) };
    const escaped = message.replaceAll(/[$().{}[\]]/g, '\\$&');
    expect(() => importFiles([file])).toThrow(new RegExp(`server_profiles\\.yml:\\d+: d0\\.${escaped}`));
  });
});

describe("what omni_cli's server profiles contradict or have no place for", () => {
  const because = (text: string) =>
    imported({ file: 'server_profiles.yml', text }).cluster.leftovers.map(
      ({ line, path, because: reason }) => `${line === null ? 'no line' : 'line'} ${path}: ${reason}`,
    );

  it('is listed with its line: folders of logs, addresses of masters, and what a group sets', () => {
    const args = { 'log-dir': '/other', 'master-ip': '10.9.9.9' };
    const text = profiles([{ ...DECODE, args }]).replace(
      /^ {4}D:\n/m,
      '$&      vars:\n        env:\n          OWN: 1\n',
    );
    expect(because(text)).toEqual([
      'line all.children.D.vars.env.OWN: omni_cli reads env and args of hosts only',
      'line d0.args.master-ip: the master of its instance is d0, 10.0.0.2',
      'line d0.args.log-dir: logs go to /data/log/d0, below log_path',
    ]);
  });

  it('is listed with its line: a host that differs from its master, other names, and options of ssh', () => {
    const nodes = [DECODE, { ...DECODE, name: 'd1', ip: '10.0.0.3', master: 'd0', masterIp: '10.0.0.2' }];
    const args = { 'max-model-len': 8192, 'served-model-name': 'r2' };
    const text = profiles([nodes[0]!, { ...nodes[1]!, args }]).replace(
      /^( *)ansible_host: 10.0.0.3$/m,
      "$&\n$1ansible_ssh_common_args: '-o TCPKeepAlive=no'",
    );
    const found = because(text);
    expect(found).toEqual([
      'line ansible_ssh_common_args: omniplace has no such SSH setting',
      "line d1.max_model_len: another than its master's: the ranks of an instance share theirs",
      'line served-model-name: the cluster has one; r1 was taken',
    ]);
  });

  it('is a number of servers by a variable', () => {
    const { text } = start([{ ...DECODE, env: { NS: 4 }, args: { 'num-servers': '$NS' } }]);
    expect(text).toContain('num_servers: 4\n');
  });

  it('is refused at its line: a master that is not in the file', () => {
    const file = { file: 'server_profiles.yml', text: profiles([{ ...DECODE, master: 'd7' }]) };
    expect(() => importFiles([file])).toThrow(/server_profiles\.yml:\d+: master_node of d0: no host d7/);
  });
});

describe("the proxy of omni_cli's server profiles", () => {
  const keys = (proxy: Readonly<Record<string, unknown>>) => {
    const { cluster } = imported({ file: 'server_profiles.yml', text: profiles([], proxy) });
    const { leftovers } = cluster;
    const because = leftovers.map((each) => `${each.path}: ${each.because}`);
    return { keys: cluster.proxy?.keys, left: leftovers.map(({ path }) => path), because };
  };
  const env = { API_PORT: 7000, OMNI_PROXY_PD_POLICY: 'parallel', OMNI_PROXY_DECODE_MAX_NUM_SEQS: 8, OWN: 1 };

  it('may be omni_proxy, with the limits that omni_cli gives it', () => {
    expect(keys({ use_omni_proxy: true, env: { ...env, MODEL_PATH: '/data/models/r1' } })).toMatchObject({
      keys: {
        use_omni_proxy: true,
        omni_proxy_pd_policy: 'parallel',
        omni_proxy_prefill_max_num_seqs: 32,
        omni_proxy_decode_max_num_seqs: '8',
      },
      left: ['c0.env.OWN'],
    });
  });

  it.each([
    [1, true],
    ['yes please', true],
    ['False', true],
    [0, false],
    ['', false],
    [null, false],
  ])('is omni_proxy where Python takes use_omni_proxy for true: %j', (written, uses) => {
    expect(keys({ use_omni_proxy: written, env }).keys?.use_omni_proxy ?? false).toBe(uses);
  });

  it('keeps the variables that omni_cli gives only omni_proxy', () => {
    const omni = { CORE_NUM: 8, LOG_LEVEL: 'warn', START_CORE_INDEX: 2, STREAM_OPS: 'add', PYTHONHASHSEED: 123 };
    const found = keys({ use_omni_proxy: 1, env: { API_PORT: 7000, MODEL_PATH: '/data/tokens', ...omni } });
    expect(found.keys).toMatchObject({ core_num: '8', log_level: 'warn', start_core_index: '2', stream_ops: 'add' });
    expect(found.keys).toMatchObject({ omni_proxy_model_path: '/data/tokens' });
    expect(found.left).toEqual([]);
    const other = keys({ env: { ...omni, GLOBAL_PROXY_CORE_NUM: 9 }, args: { 'core-num': 9 } });
    expect(other.keys).toEqual({});
    expect(other.because).toEqual([
      'c0.args.core-num: omni_cli does not read it',
      ...['CORE_NUM', 'LOG_LEVEL', 'START_CORE_INDEX', 'STREAM_OPS'].map(
        (name) => `c0.env.${name}: it is for omni_proxy, and use_omni_proxy is off`,
      ),
      'c0.env.PYTHONHASHSEED: omni_cli gives global_proxy no variables',
      'c0.env.GLOBAL_PROXY_CORE_NUM: omni_cli gives global_proxy no variables',
    ]);
  });

  it('lists settings of omni_proxy where it is the other one', () => {
    expect(keys({ env })).toMatchObject({
      keys: {},
      left: ['c0.env.OMNI_PROXY_PD_POLICY', 'c0.env.OMNI_PROXY_DECODE_MAX_NUM_SEQS', 'c0.env.OWN'],
    });
  });
});
