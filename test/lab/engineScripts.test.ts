import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { labWheel, writeLabCode, writeLabWheels } from '../../src/lab/code.ts';
import { imageFiles } from '../../src/lab/image/contents.ts';
import { EngineRig } from './engineProcess.ts';
import { freePorts, get, status, until } from './processRig.ts';

const exec = promisify(execFile);

let rig: EngineRig;
let base: number;
let scripts: string;
let tables: { local: string[]; global: string };

beforeAll(async () => {
  rig = await EngineRig.make();
  await writeLabCode(rig.folder, 'v0.6');
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

describe('pd_run.sh', () => {
  it('starts the decode ranks of a node, each with its log, and ends them all when one ends', async () => {
    const run = pdRun(decodeArgs('decode'), { ASCEND_RT_VISIBLE_DEVICES: '2,3' });
    await until(
      async () => (await status(base)) === 200 && (await status(base + 1)) === 200,
      () => run.output,
    );
    expect((await get(base + 1, '/v1/models')).json.data[0].id).toBe('deepseek');
    expect(run.output).toContain(`server 1 (dp rank 1) starts on port ${base + 1}`);
    expect(rig.read('decode/server_0.log')).toContain('data-parallel rank 1 joined, 2 of 2');
    const [, pid] = /Started server process \[(\d+)\]/.exec(rig.read('decode/server_1.log'))!;
    process.kill(Number(pid), 'SIGKILL');
    expect(await run.exit).toBe(0);
    expect(run.output).toMatch(/server [01] exited with code/);
    expect(await status(base)).toBe(0);
  });

  it('hands a prefill node what OmniInfer hands it', async () => {
    const run = pdRun(
      [
        ...common('prefill'),
        ...['--role', 'prefill', '--kv-role', 'kv_producer', '--tp', '2', '--rank-table-path', tables.local[0]!],
        ...['--vllm-llmdatadist-zmq-port', String(base + 8)],
        ...['--ascend-rt-visible-devices', '0,1', '--extra-args', '--max-num-seqs 16 --no-enable-prefix-caching'],
      ],
      {},
    );
    await until(
      async () => (await status(base)) === 200,
      () => run.output,
    );
    const log = rig.read('prefill/server_0.log');
    expect(log).toContain(
      `vLLM API server, args: ${rig.folder}/model --trust-remote-code --gpu-memory-utilization 0.9 --block_size 128 --tensor-parallel-size 2 ` +
        `--data-parallel-size 1 --data-parallel-size-local 1 --data-parallel-address 127.0.0.1 --data-parallel-rpc-port ${base + 7} --port ${base} ` +
        '--served-model-name deepseek --max-model-len 4096 --speculative_config {"method": "deepseek_mtp", "num_speculative_tokens": 1} ' +
        '--kv-transfer-config {"kv_connector":"AscendHcclConnectorV1","kv_buffer_device":"npu","kv_role":"kv_producer","kv_rank":0,"engine_id":0,"kv_parallel_size":2} ' +
        '--max-num-seqs 16 --no-enable-prefix-caching\n',
    );
    run.kill('SIGTERM');
    await until(() => !existsSync(`/proc/${run.pid}`));
    // the launcher is gone, its servers are not
    expect(await status(base)).toBe(200);
    run.killAll('SIGTERM');
    await until(async () => (await status(base)) === 0);
  });

  it('drifts past a port that is taken, and refuses a taken base port', async () => {
    const taken = createServer().listen(base + 1);
    const drifted = pdRun(decodeArgs('drift'), { ASCEND_RT_VISIBLE_DEVICES: '2,3' });
    await drifted.says(`server 1 (dp rank 1) starts on port ${base + 2}`);
    drifted.killAll('SIGTERM');
    await drifted.exit;
    taken.close();
    const baseTaken = createServer().listen(base);
    const refused = pdRun(decodeArgs('refused'), {});
    expect(await refused.exit).toBe(1);
    expect(refused.output).toContain(`RuntimeError: Port ${base} is not available.`);
    baseTaken.close();
  });

  it('refuses fewer data-parallel ranks than servers', async () => {
    const run = pdRun([...decodeArgs('few'), '--num-dp', '1'], {});
    expect(await run.exit).toBe(1);
    expect(run.output).toContain('ValueError: num_dp (1) must not be smaller than num_servers (2)');
  });
});

describe('ray', () => {
  it('lends a prefill instance the dies of its other hosts, and ends it when they are gone', async () => {
    const ray = { LAB_RAY_PORT: String(base + 9) };
    const address = `127.0.0.1:${base + 9}`;
    expect(await rig.start('ray', ['status', `--address=${address}`], ray).exit).toBe(2);
    const node = (ip: string, dies: string, option: string) =>
      rig.start('ray', ['node', option], { ...ray, ASCEND_RT_VISIBLE_DEVICES: dies, IP: ip });
    node('127.0.0.1', '0,1', `--port=${base + 9}`);
    await until(async () => (await status(base + 9, '/nodes')) === 200);

    const prefill = rig.startRank(
      [
        ...['--port', String(base), '--tensor-parallel-size', '4'],
        ...['--kv-transfer-config', '{"kv_role":"kv_producer","kv_rank":0,"kv_parallel_size":1}'],
        ...['--distributed-executor-backend', 'ray'],
      ],
      {
        ...ray,
        ...twoHostTables(),
        ASCEND_RT_VISIBLE_DEVICES: '0,1',
        RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES: '1',
        VLLM_LLMDATADIST_ZMQ_PORT: String(base + 8),
      },
    );
    await prefill.says('Waiting for creating a placement group: 2 of 4 NPUs in the ray cluster');
    const worker = node('127.0.0.2', '2,3', `--address=${address}`);
    await prefill.says('Application startup complete.');
    const known = rig.start('ray', ['status', `--address=${address}`], ray);
    await known.exit;
    expect(known.output).toBe('127.0.0.1 2 NPU\n127.0.0.2 2 NPU\n');
    worker.kill('SIGKILL');
    expect(await prefill.exit).toBe(1);
    expect(prefill.output).toContain('EngineDeadError: the ray cluster has 2 of 4 NPUs');
  });
});

describe('global_proxy.sh', () => {
  it('refuses a port out of its range', async () => {
    const lists = ['--prefill-servers-list', 'a:1', '--decode-servers-list', 'b:1'];
    const run = proxy(['--nginx-conf-file', '/nowhere/nginx.conf', ...lists, '--listen-port', '80']);
    expect([await run.exit, run.output]).toEqual([1, "listen port must be 1024..65500, not '80'\n"]);
  });

  it('writes what its options ask for', async () => {
    const conf = rig.write('written/nginx.conf', '');
    const run = proxy([
      ...['--prefill-servers-list', '10.0.0.1:9000', '--decode-servers-list', '10.0.0.2:9100,10.0.0.2:9101'],
      ...['--decode-lb-sdk', 'pd_scores', '--core-num', '2', '--start-core-index', '3', '--dry-run'],
      ...['--nginx-conf-file', conf],
    ]);
    expect(await run.exit).toBe(0);
    const text = rig.read('written/nginx.conf');
    expect(text).toContain('worker_processes 2;\nworker_cpu_affinity 1000 10000;\n');
    expect(text).toContain(
      '    upstream prefill_servers {\n        pd_score_balance_max_num_seqs 16;\n        pd_score_balance prefill;\n',
    );
    expect(text).toContain(
      'least_conn;\n        keepalive 2048;\n        keepalive_timeout 110s;\n        keepalive_requests 20000;\n        server 10.0.0.2:9100 max_fails=3 fail_timeout=10s;\n        server 10.0.0.2:9101 max_fails=3 fail_timeout=10s;\n',
    );
  });

  it('fails when its port is taken, and stops the nginx it started', async () => {
    const conf = ['--nginx-conf-file', `${rig.folder}/nginx/conf/nginx.conf`];
    const argv = [
      ...conf,
      '--listen-port',
      String(base),
      '--prefill-servers-list',
      '127.0.0.1:1',
      '--decode-servers-list',
      '127.0.0.1:1',
    ];
    const taken = createServer().listen(base);
    const refused = proxy(argv);
    expect(await refused.exit).toBe(2);
    expect(refused.output).toContain(`nginx: [emerg] bind() to 0.0.0.0:${base} failed (98: Address already in use)`);
    await new Promise((resolve) => taken.close(resolve));
    expect(await proxy(argv).exit).toBe(0);
    expect(await status(base, '/v1/models')).toBe(502);
    expect(await proxy([...conf, '--stop']).exit).toBe(0);
    expect(await status(base, '/v1/models')).toBe(0);
  });
});

describe('the wheels', () => {
  it('are whole as pip checks them, and two of one version differ by their bytes', async () => {
    const paths = await writeLabWheels(`${rig.folder}/wheels`, 'v0.6');
    expect(paths.map((path) => path.split('/').at(-1))).toEqual([
      'omni_infer-0.6.0-py3-none-any.whl',
      'omni_placement-0.7.2.2-py3-none-any.whl',
      'vllm-0.9.0-py3-none-any.whl',
    ]);
    const site = `${rig.folder}/site`;
    const { stdout } = await exec('python3', ['-c', UNPACK, site, ...paths]);
    expect(stdout).toBe('omni_infer 0.6.0\nomni_placement 0.7.2.2\nvllm 0.9.0\n');
    expect(labWheel('vllm', '0.9.0').bytes).toEqual(labWheel('vllm', '0.9.0').bytes);
    expect(labWheel('vllm', '0.9.0').bytes).not.toEqual(labWheel('vllm', '0.9.0', 'other').bytes);
  });
});

describe('the image', () => {
  it('has the commands and the layout of OmniInfer’s', () => {
    const files = imageFiles('v0.6', `${rig.folder}/engine.cjs`);
    const path = (one: string) => files.find((file) => file.path === one);
    expect(path('/usr/local/bin/vllm')).toMatchObject({
      mode: 0o755,
      content: '#!/bin/sh\nexport LAB_DIALECT=v0.6\nexec /usr/local/bin/node /opt/omniplace-lab/engine.cjs "$@"\n',
    });
    expect(path('/usr/local/bin/nginx')!.symlink).toBe('/usr/local/nginx/sbin/nginx');
    expect(path('/workspace/omniinfer/tools/scripts/pd_run.sh')!.mode).toBe(0o755);
    expect(path('/workspace/omniinfer/omni/accelerators/sched/global_proxy/global_proxy.sh')!.mode).toBe(0o755);
    expect(
      path(
        '/workspace/omniinfer/omni/accelerators/placement/patterns/base_patterns/DSV3_baseline_8_devices_58_MoE_Layers.npy',
      )!.content,
    ).toHaveLength(950400);
  });
});

// checks every digest of RECORD as pip does, then asks importlib for what is installed
const UNPACK = `
import base64, csv, hashlib, importlib.metadata, sys, zipfile
site, *wheels = sys.argv[1:]
for wheel in wheels:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        record = next(name for name in archive.namelist() if name.endswith("RECORD"))
        rows = list(csv.reader(archive.read(record).decode().splitlines()))
        assert sorted(row[0] for row in rows) == sorted(archive.namelist())
        for path, digest, size in rows:
            if digest:
                data = archive.read(path)
                assert digest == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                assert int(size) == len(data)
        archive.extractall(site)
for found in sorted(importlib.metadata.distributions(path=[site]), key=lambda one: one.metadata["Name"]):
    print(found.metadata["Name"], found.version)
`;

function pdRun(argv: readonly string[], env: NodeJS.ProcessEnv) {
  return rig.start('bash', ['pd_run.sh', ...argv], env, scripts);
}

/** A prefill instance on dies 0,1 of 127.0.0.1 and 2,3 of 127.0.0.2; a decode instance on dies 4,5 of 127.0.0.3. */
function twoHostTables(): NodeJS.ProcessEnv {
  const servers = ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((ip, host) => ({
    server_id: ip,
    server_ip: ip,
    device: [0, 1].map((at) => ({
      device_id: String(2 * host + at),
      device_ip: `10.9.0.1${2 * host + at}`,
      rank_id: String((2 * host + at) % 4),
    })),
  }));
  const [prefill, decode] = [servers.slice(0, 2), servers.slice(2)].map((server_list, group) => ({
    ...{ version: '1.0', status: 'completed', group_id: String(group), server_count: server_list.length, server_list },
  }));
  return {
    RANK_TABLE_FILE_PATH: rig.write('two/local.json', JSON.stringify(prefill)),
    GLOBAL_RANK_TABLE_FILE_PATH: rig.write('two/global.json', JSON.stringify({ server_group_list: [prefill, decode] })),
  };
}

function proxy(argv: readonly string[]) {
  return rig.start('bash', [`${rig.folder}/omniinfer/omni/accelerators/sched/global_proxy/global_proxy.sh`, ...argv]);
}

function common(log: string): string[] {
  return [
    ...[
      '--global-rank-table-path',
      tables.global,
      '--model-path',
      `${rig.folder}/model`,
      '--log-dir',
      `${rig.folder}/${log}`,
    ],
    ...['--master-ip', '127.0.0.1', '--master-port', String(base + 7), '--base-api-port', String(base)],
  ];
}

function decodeArgs(log: string): string[] {
  return [
    ...common(log),
    ...[
      '--rank-table-path',
      tables.local[1]!,
      '--role',
      'decode',
      '--kv-role',
      'kv_consumer',
      '--kv-rank',
      '1',
      '--kv-engine-id',
      '1',
    ],
    ...['--tp', '1', '--num-servers', '2', '--num-dp', '2', '--server-offset', '0'],
  ];
}
