import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineRig } from './engineProcess.ts';
import { freePorts } from './processRig.ts';

let rig: EngineRig;
let port: number;
let tables: { local: string[]; global: string };

beforeAll(async () => {
  rig = await EngineRig.make('v0.5');
  port = await freePorts(3);
  tables = rig.writeRankTables('tables', [
    [0, 1],
    [2, 3],
  ]);
});
afterAll(() => rig.down());

describe('vllm serve refuses', () => {
  it('an option it does not know, as argparse does', async () => {
    const { code, last } = await refusal(['--port', '1', '--max-model-length', '5'], {});
    expect(code).toBe(2);
    expect(last).toBe('vllm serve: error: unrecognized arguments: --max-model-length 5');
  });

  it.each([
    [['--port', 'x'], "vllm serve: error: argument --port: invalid int value: 'x'"],
    [['--port'], 'vllm serve: error: argument --port: expected one argument'],
    [
      ['--additional-config', '{a'],
      'vllm serve: error: argument --additional-config: Value {a cannot be converted to <function loads>.',
    ],
  ])('%j', async (argv, words) => {
    const { code, last } = await refusal(argv, {});
    expect([code, last]).toEqual([2, words]);
  });

  it('a port that is taken', async () => {
    const taken = await occupy(port);
    const { code, last } = await refusal(['--port', String(port)], {});
    taken.close();
    expect([code, last]).toEqual([1, `OSError: [Errno 98] Address already in use: 0.0.0.0:${port}`]);
  });

  it('a model path without a model', async () => {
    const missing = await run(['vllm', 'serve', '/nowhere']);
    expect(missing.last).toMatch(/^OSError: Incorrect path_or_model_id: '\/nowhere'/);
    const empty = await run(['vllm', 'serve', `${rig.folder}/bin`]);
    expect(empty.last).toBe(
      `OSError: ${rig.folder}/bin does not appear to have a file named config.json. Checkout the folder's files.`,
    );
  });

  it.each([
    [['--max-model-len', '9999'], /^ValueError: User-specified max_model_len \(9999\) is greater than the derived/],
    [
      ['--max-num-seqs', '16', '--max-num-batched-tokens', '8'],
      /^ValueError: max_num_batched_tokens \(8\) must be greater than or equal to max_num_seqs \(16\)\.$/,
    ],
    [['--gpu-memory-utilization', '1.5'], /^ValueError: GPU memory utilization must be less than or equal to 1\.0/],
    [['--kv-transfer-config', '{"kv_role":"consumer"}'], /^ValueError: Unsupported kv_role: consumer\./],
  ])('%j', async (argv, words) => {
    const { code, last } = await refusal(argv, {});
    expect(code).toBe(1);
    expect(last).toMatch(words);
  });

  it('a data-parallel rank outside the size', async () => {
    const { last } = await refusal([], { VLLM_DP_SIZE: '4', VLLM_DP_RANK: '4' });
    expect(last).toBe('ValueError: data_parallel_rank (4) must be in the range of [0, 4)');
  });
});

describe('the engine JSON is refused', () => {
  it('for an unknown key among the parallel settings, and not among the optimizations', async () => {
    const strict = await refusal([], extraConfig({ dp_size: 1, tp_size: 4 }, {}));
    expect(strict.last).toMatch(
      /^RuntimeError: Invalid config .*: ModelParallelConfig.__init__\(\) got an unexpected keyword argument 'tp_size'$/,
    );
    const free = rig.startRank(['--port', String(port)], extraConfig({}, { no_such_key: 1 }));
    await free.says('Application startup complete.');
    free.kill('SIGTERM');
    expect(await free.exit).toBe(0);
  });

  it('without its sections, or when it is no JSON', async () => {
    const path = rig.write('extra.json', '{"model_parallel_config":{}}');
    expect((await refusal([], { MODEL_EXTRA_CFG_PATH: path })).last).toBe(
      `RuntimeError: Missing section 'operator_optimizition_config' in config file ${path}`,
    );
    rig.write('extra.json', '{');
    expect((await refusal([], { MODEL_EXTRA_CFG_PATH: path })).last).toMatch(
      /^RuntimeError: Invalid JSON format in config file/,
    );
  });

  it('when placement is on without a path', async () => {
    expect((await refusal([], extraConfig({}, { use_omni_placement: true }))).last).toBe(
      'RuntimeError: omni_placement_config_path must be provided when use_omni_placement is True.',
    );
  });
});

describe('the placement config is refused', () => {
  it.each([
    ['max_moe_layer_num', 'enable_rank_round_robin: True\n'],
    ['enable_rank_round_robin', 'max_moe_layer_num: 2\n'],
    ['max_moe_layer_num', null],
  ])('without %s', async (name, yaml) => {
    const { code, output, last } = await placed(yaml);
    expect(output).toContain(`${name} is not defined in the OmniPlacement config`);
    expect([code, last]).toEqual([1, 'SystemExit: 1']);
  });

  it('for a pattern that is missing or has another shape than (world, layers, experts)', async () => {
    const yaml = (pattern: string) =>
      `pattern_path: ${pattern}\nmax_moe_layer_num: 2\nenable_rank_round_robin: True\nenable_dynamic: False\n`;
    expect((await placed(yaml('/nowhere.npy'))).last).toBe(
      "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere.npy'",
    );
    const path = rig.write('pattern.npy', npy([4, 2, 8], new Uint8Array(64).fill(1)));
    expect((await placed(yaml(path))).last).toBe(
      `ValueError: placement pattern '${path}' has shape (4, 2, 8), expected (world_size, max_moe_layer_num, num_experts) = (1, 2, 8)`,
    );
    rig.write('pattern.npy', npy([1, 2, 8], new Uint8Array(16).fill(1, 1)));
    expect((await placed(yaml(path))).last).toBe('RuntimeError: expert 0 of layer 0 is on no rank');
  });

  it('for dynamic placement, the default, without room for one copy per expert', async () => {
    const yaml = 'max_moe_layer_num: 2\nenable_rank_round_robin: True\nmax_redundant_per_expert: 0\n';
    expect((await placed(yaml)).last).toBe('ValueError: max_redundant_per_expert must be >= 1, got 0');
  });

  it('inside --additional-config too, the form of v0.6', async () => {
    const placement = { max_moe_layer_num: 2, enable_rank_round_robin: null };
    const config = { enable_omni_placement: true, omni_placement_config: placement };
    const argv = ['--additional-config', JSON.stringify(config)];
    const { last, output } = await refusal(argv, { LAB_DIALECT: 'v0.6' });
    expect(output).toContain('enable_rank_round_robin is not defined in the OmniPlacement config');
    expect(last).toBe('SystemExit: 1');
  });

  it('when the dump folder can not be made', async () => {
    const yaml = `max_moe_layer_num: 2\nenable_rank_round_robin: True\nenable_dynamic: False\nenable_dump: True\ndump_dir: ${rig.folder}/hccn.conf/x\n`;
    expect((await placed(yaml)).last).toMatch(/^RuntimeError: cannot create dump_dir /);
  });
});

describe('a rank table is refused', () => {
  it('when it is missing, or no path to it is given', async () => {
    expect((await prefill({ RANK_TABLE_FILE_PATH: '/nowhere.json' })).last).toBe(
      "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere.json'",
    );
    expect((await prefill({ RANK_TABLE_FILE_PATH: '' })).last).toBe("KeyError: 'RANK_TABLE_FILE_PATH'");
  });

  it('without a server of this host', async () => {
    const path = rig.write('other.json', rig.read('tables/local_0.json').replaceAll('127.0.0.1', '203.0.113.9'));
    expect((await prefill({ RANK_TABLE_FILE_PATH: path })).last).toMatch(
      /^RuntimeError: HCCL: rank table .* has no server with an address of this host \(/,
    );
  });

  it('without its device, or with another address for it', async () => {
    expect((await prefill({ ASCEND_RT_VISIBLE_DEVICES: '2,3' })).last).toBe(
      `RuntimeError: HCCL: rank table ${tables.local[0]} has no device 2 of 127.0.0.1`,
    );
    const path = rig.write('moved.json', rig.read('tables/local_0.json').replace('10.9.0.11', '10.9.0.99'));
    expect((await prefill({ RANK_TABLE_FILE_PATH: path })).last).toBe(
      `RuntimeError: HCCL: rank table ${path} gives device 1 of 127.0.0.1 the address 10.9.0.99, but it has 10.9.0.11`,
    );
  });

  it('when the world has another size', async () => {
    const { last } = await prefill({}, 1);
    expect(last).toBe(`RuntimeError: HCCL: rank table ${tables.local[0]} holds 2 devices, but the world size is 1`);
  });

  it('when the server offset makes the process another rank', async () => {
    const decode = { VLLM_DP_SIZE: '2', ASCEND_RT_VISIBLE_DEVICES: '0,1' };
    const rank = await prefill({ ...decode, VLLM_DP_RANK: '1', SERVER_OFFSET: '1' }, 1);
    expect(rank.last).toBe(
      `RuntimeError: HCCL: device 0 of 127.0.0.1 is rank 0 in rank table ${tables.local[0]}, but this process is rank 1`,
    );
    const outside = await prefill({ ...decode, VLLM_DP_RANK: '0', SERVER_OFFSET: '1' }, 1);
    expect(outside.last).toBe('RuntimeError: Invalid device ID: rank 0 with SERVER_OFFSET 1 is device -1 of 2');
  });

  it('when kv_rank names another group than its own', async () => {
    expect((await prefill({}, 2, 1)).last).toBe(
      `ValueError: LLMDataDist: kv_rank is 1, but ${tables.global} has this host's devices in group 0`,
    );
  });

  it('where there is no driver', async () => {
    expect((await prefill({ LAB_HCCN_CONF: '/nowhere' })).last).toBe(
      "RuntimeError: aclInit failed: no NPU driver here (/nowhere can't be read)",
    );
  });

  it('and more dies than the host has, when no ray cluster lends them', async () => {
    const env = { LAB_RAY_PORT: String(port + 1), RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES: '1' };
    expect((await prefill(env, 4)).last).toBe(
      'ValueError: Tensor parallel size (4) is larger than the number of available NPUs (2) in this node and no ray cluster answers.',
    );
  });
});

describe('ranks that do not fit together', () => {
  it('are refused by their master when they name another size, and it gives up on them', async () => {
    const group = { VLLM_DP_MASTER_IP: '127.0.0.1', VLLM_DP_MASTER_PORT: String(port + 2) };
    const master = rig.startRank(['--port', String(port)], {
      ...group,
      VLLM_DP_SIZE: '2',
      VLLM_DP_RANK: '0',
      LAB_CONNECT_TIMEOUT_S: '1',
    });
    const other = await refusal(['--port', String(port + 1)], { ...group, VLLM_DP_SIZE: '3', VLLM_DP_RANK: '1' });
    expect(other.last).toBe('ValueError: rank 1 has data-parallel size 3, the master has 2');
    expect(await master.exit).toBe(1);
    expect(master.output).toContain(
      'DistStoreError: Timed out after 1 seconds waiting for clients. 1/2 clients joined (1 missing).',
    );
  });

  it('fail when the master port is taken', async () => {
    const taken = await occupy(port + 2);
    const { last } = await refusal([], {
      VLLM_DP_SIZE: '2',
      VLLM_DP_MASTER_IP: '127.0.0.1',
      VLLM_DP_MASTER_PORT: String(port + 2),
    });
    taken.close();
    expect(last).toBe(
      `torch.distributed.DistNetworkError: The server socket has failed to listen on 127.0.0.1:${port + 2} (EADDRINUSE).`,
    );
  });
});

async function refusal(argv: readonly string[], env: NodeJS.ProcessEnv) {
  const portArgs = argv.includes('--port') ? [] : ['--port', String(port)];
  return run(['vllm', 'serve', `${rig.folder}/model`, ...portArgs, ...argv], env);
}

function placed(yaml: string | null) {
  const path = `${rig.folder}/config_p.yaml`;
  if (yaml !== null) rig.write('config_p.yaml', yaml);
  return refusal(
    [],
    extraConfig(
      {},
      { use_omni_placement: true, omni_placement_config_path: yaml === null ? `${rig.folder}/missing.yaml` : path },
    ),
  );
}

function extraConfig(parallel: object, optimization: object): NodeJS.ProcessEnv {
  const config = { model_parallel_config: parallel, operator_optimizition_config: optimization };
  return { MODEL_EXTRA_CFG_PATH: rig.write('extra_config.json', JSON.stringify(config)) };
}

function prefill(env: NodeJS.ProcessEnv, tp = 2, kvRank = 0) {
  return refusal(
    [
      '--distributed-executor-backend',
      'ray',
      '--tensor-parallel-size',
      String(tp),
      '--kv-transfer-config',
      JSON.stringify({ kv_role: 'kv_producer', kv_rank: kvRank }),
    ],
    {
      RANK_TABLE_FILE_PATH: tables.local[0]!,
      GLOBAL_RANK_TABLE_FILE_PATH: tables.global,
      ASCEND_RT_VISIBLE_DEVICES: '0,1',
      ...env,
    },
  );
}

async function run([command, ...argv]: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const running = rig.start(command!, argv, env);
  const code = await running.exit;
  return { code, output: running.output, last: running.output.trimEnd().split('\n').at(-1)! };
}

function occupy(at: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(at, () => resolve(server));
  });
}

/** int8, C order */
function npy(shape: readonly number[], values: Uint8Array): Buffer {
  const header = `{'descr': '|i1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(`${header}\n`), values]);
}
