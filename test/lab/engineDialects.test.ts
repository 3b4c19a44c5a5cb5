import { existsSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeLabCode } from '../../src/lab/code.ts';
import { IMITATED, type Imitated, isIn } from '../../src/lab/engines/omni/dialects/dialect.ts';
import { EngineRig } from './engineProcess.ts';
import { freePorts, post, type Running, status, until } from './processRig.ts';

describe.each(IMITATED)('OmniInfer %s in the lab', (dialect) => {
  let rig: EngineRig;
  let base: number;
  let scripts: string;
  let tables: { local: string[]; global: string };

  beforeAll(async () => {
    rig = await EngineRig.make(dialect);
    await writeLabCode(rig.folder, dialect);
    scripts = `${rig.folder}/omniinfer/tools/scripts`;
    tables = rig.writeRankTables('tables', [
      [0, 1],
      [2, 3],
    ]);
  });
  afterAll(() => rig.down());
  // connections of one test's servers are in TIME_WAIT during the next
  beforeEach(async () => {
    base = await freePorts(12);
  });

  const pdRun = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    rig.start('bash', ['pd_run.sh', ...argv], env, scripts);
  const proxy = (argv: readonly string[]) =>
    rig.start('bash', [`${rig.folder}/omniinfer/omni/accelerators/sched/global_proxy/global_proxy.sh`, ...argv]);
  const decode = (log: string, more: readonly string[] = []) => [
    ...[
      '--global-rank-table-path',
      tables.global,
      '--model-path',
      `${rig.folder}/model`,
      '--log-dir',
      `${rig.folder}/${log}`,
    ],
    ...['--master-ip', '127.0.0.1', '--master-port', String(base + 7), '--base-api-port', String(base)],
    ...['--rank-table-path', tables.local[1]!, '--role', 'decode', '--kv-role', 'kv_consumer', '--kv-rank', '1'],
    ...['--tp', '1', '--num-servers', '2', '--num-dp', '2', '--ascend-rt-visible-devices', '2,3'],
    ...['--global-decode-server-ip-list', '127.0.0.1', ...more],
  ];

  it('starts the servers of a node and stops them all when one ends', async () => {
    const run = pdRun(decode('decode'), { HCCL_CONNECT_TIMEOUT: '1', VLLM_LLMDATADIST_ZMQ_PORT: '1' });
    await until(
      async () => (await status(base)) === 200 && (await status(base + 1)) === 200,
      () => run.output + logs(rig, 'decode'),
    );
    const [, pid] = /Started server process \[(\d+)\]/.exec(rig.read('decode/server_1.log'))!;
    process.kill(Number(pid), 'SIGKILL');
    expect(await run.exit).toBe(0);
    expect(run.output).toMatch(/server [01] exited with code/);
    expect(await status(base)).toBe(0);
  });

  it('prints its help and ends with 0 for an option that it does not know', async () => {
    const run = pdRun(['--master-prot', '1']);
    expect(await run.exit).toBe(0);
    expect(run.output).toContain('Unknown option: --master-prot\n');
    expect(run.output).toContain('usage: pd_run.sh');
  });

  it(`${isIn(dialect, { until: 'v0.6' }) ? 'accepts' : 'refuses'} --model-extra-cfg-path`, async () => {
    const run = pdRun(['--model-extra-cfg-path', '/x', '--help', '1']);
    expect(await run.exit).toBe(0);
    expect(run.output.includes('Unknown option: --model-extra-cfg-path')).toBe(!isIn(dialect, { until: 'v0.6' }));
  });

  it('ends without the environment of ~/.bashrc, in the words of the dynamic loader', async () => {
    const words = 'OSError: libhccl.so: cannot open shared object file: No such file or directory';
    const server = rig.startRank([], { LD_LIBRARY_PATH: '' });
    expect([await server.exit, lastLine(server)]).toEqual([1, words]);
    const ray = rig.start('ray', ['start', '--address=127.0.0.1:1'], { LD_LIBRARY_PATH: '' });
    expect([await ray.exit, lastLine(ray)]).toEqual([1, words]);
  });

  it('splits --extra-args at blanks, whatever their quotes', async () => {
    const run = pdRun(decode('quoted', ['--extra-args', "--max-num-seqs 16 --hf-overrides '{}'"]));
    await run.exit;
    expect(rig.read('quoted/server_0.log')).toContain(
      "vllm serve: error: argument --hf-overrides: Value '{}' cannot be converted to <function loads>.",
    );
  });

  it('tests ports without SO_REUSEADDR', async () => {
    await leaveTimeWait(base);
    const run = pdRun(decode('taken', ['--num-servers', '1', '--num-dp', '1']));
    if (isIn(dialect, { until: 'v0.6' })) {
      expect(await run.exit).toBe(1);
      expect(run.output).toContain(`RuntimeError: Port ${base} is not available.`);
    } else {
      await run.says(`server 0 (dp rank 0) starts on port ${base + 1}`);
      expect(run.output).toContain(`WARNING: Port ${base} is not available!`);
      run.killAll('SIGKILL');
      await run.exit;
    }
  });

  it('refuses a group beyond the numbers of instances', async () => {
    const three = rig.writeRankTables('three', [[0], [2, 3], [1]]);
    const lists = dialect === 'v0.3' ? ['--decode-pod-num', '2'] : [];
    const run = pdRun(decode('groups', ['--global-rank-table-path', three.global, ...lists]));
    await run.exit;
    expect(lastWords(rig.read('groups/server_0.log'))).toBe(
      dialect === 'v0.3'
        ? 'ValueError: --global_dec_server_list size (1) NOT equal DECODE_POD_NUM (2)'
        : 'ValueError: Unknown group id.',
    );
  });

  it('pairs ranks by kv_parallel_size, unless the model has MLA', async () => {
    const run = pdRun(decode('pairs', ['--kv-parallel-size', '3', '--num-servers', '2']));
    const log = () => logs(rig, 'pairs');
    if (dialect === 'v0.3') {
      await until(() => log().includes('Application startup complete.'), log);
      run.killAll('SIGTERM');
      await run.exit;
      return;
    }
    await run.exit;
    expect(lastWords(log())).toBe('ValueError: p_tp_size, d_tp_size, d_dp_size, d_node_num must be positive');
    rig.write('mla/config.json', JSON.stringify({ ...JSON.parse(rig.read('model/config.json')), kv_lora_rank: 512 }));
    const mla = pdRun(decode('mla', ['--kv-parallel-size', '3', '--model-path', `${rig.folder}/mla`]));
    await until(
      () => logs(rig, 'mla').includes('Application startup complete.'),
      () => logs(rig, 'mla'),
    );
    mla.killAll('SIGTERM');
    await mla.exit;
  });

  it('sets the port of KV transfers, log level and timeouts itself', async () => {
    const run = pdRun(decode('overwritten', ['--vllm-llmdatadist-zmq-port', '5570', '--hccl-buffsize', '200']), {
      PATH: recordingPath(rig),
      VLLM_LLMDATADIST_ZMQ_PORT: '1',
      VLLM_LOGGING_LEVEL: 'DEBUG',
      HCCL_EXEC_TIMEOUT: '1800',
      HCCL_INTRA_ROCE_ENABLE: '0',
      HCCL_BUFFSIZE: '9',
      HCCL_OP_EXPANSION_MODE: 'AIV',
      DECODE_POD_NUM: '2',
      TASK_QUEUE_ENABLE: '1',
    });
    await run.exit;
    const seen = Object.fromEntries(
      rig
        .read('overwritten/server_0.log')
        .split('\n')
        .map((line) => line.split(/=(.*)/s)),
    );
    expect(seen).toMatchObject({
      VLLM_LLMDATADIST_ZMQ_PORT: '5570',
      VLLM_LOGGING_LEVEL: 'INFO',
      HCCL_EXEC_TIMEOUT: '120',
      HCCL_CONNECT_TIMEOUT: '1800',
      HCCL_INTRA_ROCE_ENABLE: '1',
      HCCL_BUFFSIZE: '200',
      HCCL_OP_EXPANSION_MODE: '',
      DECODE_POD_NUM: '1',
      TASK_QUEUE_ENABLE: isIn(dialect, { since: '2026-03' }) ? '1' : '2',
    });
  });

  it('reads the extra configuration where its loader reads it', async () => {
    const config = JSON.stringify({ model_parallel_config: { tp_size: 4 }, operator_optimizition_config: {} });
    const path = rig.write('extra.json', config);
    const server = rig.startRank(['--port', String(base)], {
      MODEL_EXTRA_CFG_PATH: path,
      BEST_PRATICE_MODEL_CONFIG_PATH: JSON.stringify({ prefill_config_file: path, decode_config_file: path }),
    });
    if (isIn(dialect, { since: 'v0.6' })) {
      await server.says('Application startup complete.');
      expect(server.output.includes(`loaded ${path}`)).toBe(dialect === '2026-03');
      server.kill('SIGTERM');
      await server.exit;
      return;
    }
    expect(await server.exit).toBe(1);
    expect(lastLine(server)).toBe(
      `RuntimeError: Invalid config ${path}: ModelParallelConfig.__init__() got an unexpected keyword argument 'tp_size'`,
    );
  });

  it('fails a second ray start until ray stop', async () => {
    const env = { LAB_RAY_PORT: String(base + 9) };
    expect(await rig.start('ray', ['start', '--head'], env).exit).toBe(0);
    const second = rig.start('ray', ['start', '--head'], env);
    expect(await second.exit).toBe(2);
    expect(second.output).toBe(
      `ConnectionError: Ray is trying to start at 127.0.0.1:${base + 9}, but is already running on this host.\n`,
    );
    const stop = rig.start('ray', ['stop', '--force'], env);
    await stop.exit;
    expect(stop.output).toBe('Stopped 1 ray process.\n');
    expect(await rig.start('ray', ['start', '--head'], env).exit).toBe(0);
    await rig.start('ray', ['stop'], env).exit;
  });

  it('starts all ranks on one host unless the executor is ray', async () => {
    const argv = ['--tensor-parallel-size', '8', '--kv-transfer-config', '{"kv_role":"kv_producer","kv_rank":0}'];
    const local = rig.startRank(argv, {});
    await local.exit;
    expect(lastLine(local)).toBe(
      'RuntimeError: Invalid device ID: rank 4 of 8 is started on this host, which has 4 devices (distributed executor backend mp)',
    );
    const overRay = [...argv, '--distributed-executor-backend', 'ray'];
    const oneDie = rig.startRank(overRay, {});
    await oneDie.exit;
    expect(lastLine(oneDie)).toContain('(RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES is not 1)');
    const ready = rig.startRank(overRay, { RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES: '1' });
    await ready.exit;
    expect(lastLine(ready)).toContain('no ray cluster answers');
  });

  it('refuses an argument of global_proxy.sh that it does not know', async () => {
    const run = proxy(['--listen-prot', '1']);
    expect(await run.exit).toBe(1);
    expect(run.output).toBe('Unknown argument: --listen-prot\nUse --help for usage.\n');
    const none = proxy(['--listen-port', '7000']);
    expect([await none.exit, none.output]).toEqual([1, 'Missing required arguments.\nUse --help for usage.\n']);
  });

  it('writes no directive for round_robin, and accepts the limits of servers since v0.5', async () => {
    const conf = rig.write('proxy/nginx.conf', '');
    const lists = ['--prefill-servers-list', '10.0.0.1:9000', '--decode-servers-list', '10.0.0.2:9100'];
    const dry = ['--nginx-conf-file', conf, ...lists, '--dry-run'];
    expect(await proxy([...dry, '--prefill-lb-sdk', 'round_robin']).exit).toBe(0);
    expect(rig.read('proxy/nginx.conf')).toContain('upstream prefill_servers {\n        keepalive 2048;\n');
    const limited = proxy([...dry, '--decode-max-num-seqs', '48']);
    const hasLimit = isIn(dialect, { since: 'v0.5' });
    expect(await limited.exit).toBe(hasLimit ? 0 : 1);
    expect(rig.read('proxy/nginx.conf').includes('pd_score_balance_max_num_seqs 48;')).toBe(hasLimit);
    if (!hasLimit) expect(limited.output).toContain('Unknown argument: --decode-max-num-seqs\n');
  });

  it(`${dialect === 'v0.3' ? 'gives nginx a balancing name that it does not know' : 'takes an unknown balancing name for least_conn'}`, async () => {
    const conf = rig.write('unknown/nginx.conf', '');
    const lists = ['--prefill-servers-list', '10.0.0.1:9000', '--decode-servers-list', '10.0.0.2:9100'];
    await proxy(['--nginx-conf-file', conf, ...lists, '--dry-run', '--prefill-lb-sdk', 'pd_scores']).exit;
    const test = rig.start('nginx', ['-t', '-c', conf]);
    expect(await test.exit).toBe(dialect === 'v0.3' ? 2 : 0);
    if (dialect === 'v0.3') expect(test.output).toContain('[emerg] unknown directive "pd_scores"');
    else expect(rig.read('unknown/nginx.conf')).toContain('least_conn;');
  });
});

const rigs: EngineRig[] = [];
afterAll(async () => {
  for (const rig of rigs) await rig.down();
});

describe('start_api_servers.py of the lab', () => {
  it.each([
    ['v0.4', [], '{"method": "deepseek_mtp", "num_speculative_tokens": 1}'],
    ['v0.5', ['--num-speculative-tokens', '2'], '{"method": "deepseek_mtp", "num_speculative_tokens": 2}'],
    ['2026-03', ['--num-speculative-tokens', '0'], null],
  ] as const)('of %s speculates by what %j gives', async (dialect: Imitated, argv, config) => {
    const rig = await EngineRig.make(dialect);
    rigs.push(rig);
    await writeLabCode(rig.folder, dialect);
    rig.write('argv/vllm', '#!/bin/sh\nprintf "%s\\n" "$@"\n', 0o755);
    const needed = ['--model-path', '/m', '--master-ip', '127.0.0.1', '--log-dir', `${rig.folder}/log`];
    const port = ['--base-api-port', String(await freePorts(1))];
    const env = { PATH: `${rig.folder}/argv:${rig.env.PATH}` };
    await rig.start('bash', ['pd_run.sh', ...needed, ...port, ...argv], env, `${rig.folder}/omniinfer/tools/scripts`)
      .exit;
    const words = rig.read('log/server_0.log').split('\n');
    const at = words.indexOf('--speculative_config');
    expect(at < 0 ? null : words[at + 1]).toBe(config);
  });
});

describe('an instance whose first rank holds a shared expert', () => {
  it.each([
    ['v0.5', 1],
    ['2026-03', 1],
  ] as const)('of %s dumps from rank %i', async (dialect, dumping) => {
    const rig = await EngineRig.make(dialect);
    rigs.push(rig);
    const port = await freePorts(3);
    rig.writeModel({ num_hidden_layers: 2, n_routed_experts: 4, num_experts_per_tok: 4 });
    const placement = (rank: number) => ({
      max_moe_layer_num: 1,
      enable_dynamic: false,
      enable_rank_round_robin: true,
      enable_dump: true,
      dump_dir: `${rig.folder}/dump${rank}`,
    });
    const ranks = [0, 1].map((rank) => {
      const yaml = rig.write(`config${rank}.yaml`, JSON.stringify(placement(rank)));
      const extra = rig.write(
        `extra${rank}.json`,
        JSON.stringify({
          model_parallel_config: { redundancy_shared_expert_num: 1 },
          operator_optimizition_config: { use_omni_placement: true, omni_placement_config_path: yaml },
        }),
      );
      const additional = { enable_omni_placement: true, omni_placement_config: placement(rank) };
      return rig.startRank(['--port', String(port + rank), '--additional-config', JSON.stringify(additional)], {
        MODEL_EXTRA_CFG_PATH: extra,
        BEST_PRATICE_MODEL_CONFIG_PATH: JSON.stringify({ prefill_config_file: extra, decode_config_file: extra }),
        ASCEND_RT_VISIBLE_DEVICES: '0,1',
        VLLM_DP_SIZE: '2',
        VLLM_DP_RANK: String(rank),
        VLLM_DP_MASTER_IP: '127.0.0.1',
        VLLM_DP_MASTER_PORT: String(port + 2),
        LAB_WINDOW_S: '1',
      });
    });
    await Promise.all(ranks.map((rank) => rank.says('Application startup complete.')));
    await post(port, '/v1/completions', { prompt: 'aaaa', max_tokens: 1 });
    const folder = `${rig.folder}/dump${dumping}`;
    const windows = () => readdirSync(folder).flatMap((start) => readdirSync(`${folder}/${start}`));
    await until(() => windows().includes('activation_counts_recordstep_1_rank_0.txt'));
    expect(existsSync(`${rig.folder}/dump${1 - dumping}`)).toBe(false);
  });
});

/** A `vllm` that writes its environment. */
function recordingPath(rig: EngineRig): string {
  rig.write('recorder/vllm', '#!/bin/sh\nexec env\n', 0o755);
  return `${rig.folder}/recorder:${rig.env.PATH}`;
}

/** Leaves a connection of `port` in TIME_WAIT on the side that listened. */
async function leaveTimeWait(port: number): Promise<void> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => connect(port, '127.0.0.1').resume().once('close', resolve));
  await new Promise((resolve) => server.close(resolve));
}

function lastLine({ output }: Running): string {
  return lastWords(output);
}

function lastWords(text: string): string {
  return text.trim().split('\n').at(-1)!;
}

function logs(rig: EngineRig, folder: string): string {
  try {
    return rig.read(`${folder}/server_0.log`);
  } catch {
    return '';
  }
}
