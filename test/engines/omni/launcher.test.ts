import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { desiredOf } from '../../../src/engines/desiredOf.ts';
import type { Dialect } from '../../../src/engines/omni/dialect/dialect.ts';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import type { NodeName } from '../../../src/topology/topology.ts';
import {
  ARGUMENTS,
  type FakeDeployment,
  type FakeSettings,
  fakeDeployment,
  PLACEMENT,
} from '../../fakes/deployment.ts';
import { freshHost } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';
import { recordedDialect, SNAPSHOTS } from './dialect/recorded.ts';

const TWO_HOSTS: FakeDeployment = { prefill: [{ hosts: ['10.0.0.1', '10.0.0.3'] }] };

function filesFor(parts: FakeDeployment, node: NodeName, dialect: Dialect): Record<string, string> {
  const deployment = fakeDeployment({ generation: null, ...parts });
  const topology = topologyOf(deployment);
  const read = { dialect: { from: 'sha256:1', state: 'read', problem: null, accepts: { ...dialect } } } as const;
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [address, freshHost(address, deployment.image, read)]),
  );
  const { nodes } = desiredOf(omniEngine, deployment, topology, facts, NO_INPUTS);
  return Object.fromEntries(
    filesOf(nodes[node]!).map(({ path, content }) => [path.split('/').at(-1)!, 'text' in content ? content.text : '']),
  );
}

function scriptFor(parts: FakeDeployment, node: NodeName, dialect: Dialect): string {
  const files = filesFor(parts, node, dialect);
  return files[Object.keys(files).find((name) => name.startsWith('run_'))!]!;
}

const flagsOf = (script: string) => Array.from(script.matchAll(/^ {2}(--[\w-]+)/gm), ([, flag]) => flag!);
const exportsOf = (script: string) =>
  Object.fromEntries(Array.from(script.matchAll(/^export (\w+)=(.*)$/gm), ([, name, value]) => [name!, value!]));
const prefill = (settings: FakeSettings): FakeDeployment => ({
  prefill: [{ hosts: ['10.0.0.1'], settings }],
});

describe.each(SNAPSHOTS)('start scripts for snapshot %s', (snapshot) => {
  const dialect = recordedDialect(snapshot);

  it('give every script only flags that it has', () => {
    for (const node of ['p0', 'd0', 'c0'] as const) {
      const pdRun = scriptFor(TWO_HOSTS, node, dialect);
      const known = dialect.flags[node === 'c0' ? 'global_proxy.sh' : 'pd_run.sh'];
      expect(known).toEqual(expect.arrayContaining(flagsOf(pdRun)));
      if (node === 'c0') continue;
      const direct = scriptFor({ ...TWO_HOSTS, launcher: 'api_servers' }, node, dialect);
      expect(dialect.flags['start_api_servers.py']).toEqual(expect.arrayContaining(flagsOf(direct)));
    }
  });

  it('read the environment of the image before anything that may fail', () => {
    for (const node of ['p0', 'p1', 'd0', 'c0'] as const) {
      const script = scriptFor(TWO_HOSTS, node, dialect);
      expect(script.indexOf('. ~/.bashrc')).toBeGreaterThan(0);
      expect(script.indexOf('. ~/.bashrc')).toBeLessThan(script.indexOf('\nset -eu\n'));
      expect(script.indexOf('\nset -eu\n')).toBeLessThan(script.indexOf('\nexport '));
    }
  });

  it('start ray once on each host of a prefill instance over two', () => {
    const head = scriptFor(TWO_HOSTS, 'p0', dialect);
    const worker = scriptFor(TWO_HOSTS, 'p1', dialect);
    const direct = scriptFor({ ...TWO_HOSTS, launcher: 'api_servers' }, 'p0', dialect);
    // pd_run.sh of each snapshot starts the head
    expect(head.match(/^.*ray start.*$/gm)).toBeNull();
    expect(direct.match(/^ray start.*$/gm)).toEqual(['ray start --head --port=6379 --num-gpus=4']);
    expect(worker.match(/ray start --address=10.0.0.1:6379 --num-gpus=4/g)).toHaveLength(1);
    for (const script of [head, worker, direct]) {
      expect(script).toContain('\nray stop --force || true\n');
      expect(exportsOf(script)).toMatchObject({
        RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES: '1',
        RAY_CGRAPH_get_timeout: '7200',
      });
    }
    for (const script of [head, direct]) expect(script).toMatch(/--distributed-executor-backend ray\b/);
  });

  it('name the number of decode instances and a KV transfer port', () => {
    const parts = { decode: [{ hosts: ['10.0.0.2'] }, { hosts: ['10.0.0.3', '10.0.0.4'] }] };
    for (const node of ['p0', 'd2'] as const) {
      const script = scriptFor(parts, node, dialect);
      expect(script).toContain('  --decode-pod-num 2 \\\n  --vllm-llmdatadist-zmq-port 5568 \\\n');
      expect(script).toContain("  --global-decode-server-ip-list '10.0.0.2;10.0.0.3,10.0.0.4' \\\n");
    }
  });
});

describe('launcher: pd_run', () => {
  it('passes variables that pd_run.sh overwrites by their own flags', () => {
    const env = { VLLM_LOGGING_LEVEL: 'DEBUG', HCCL_INTRA_ROCE_ENABLE: '0', GLOO_SOCKET_IFNAME: 'bond0', MINE: 'x' };
    const script = scriptFor(prefill({ env }), 'p0', recordedDialect('E'));
    expect(script).toContain('  --gloo-socket-ifname bond0 \\\n  --tp-socket-ifname eth0 \\\n');
    expect(script).toContain('  --vllm-logging-level DEBUG \\\n  --hcc-intra-roce-enable 0\n');
    expect(exportsOf(script)).toMatchObject({ MINE: 'x' });
  });

  it('gives ray workers what pd_run.sh exports on the first host', () => {
    const env = { HCCL_INTRA_ROCE_ENABLE: '0', HCCL_BUFFSIZE: '20' };
    const [group] = prefill({ env }).prefill!;
    const worker = scriptFor({ prefill: [{ ...group!, hosts: ['10.0.0.1', '10.0.0.3'] }] }, 'p1', recordedDialect('E'));
    const exported = exportsOf(worker);
    expect(exported).toMatchObject({ HCCL_INTRA_ROCE_ENABLE: '0', HCCL_BUFFSIZE: '20', HCCL_EXEC_TIMEOUT: '120' });
    expect(exported).toMatchObject({ ROLE: 'prefill', DECODE_POD_NUM: '1', VLLM_LOGGING_LEVEL: 'INFO' });
    expect(exported).not.toHaveProperty('VLLM_PP_LAYER_PARTITION');
    expect(worker).toContain('--min-worker-port=10002 --max-worker-port=19999');
  });

  it('sets the address of the own host where start_api_servers.py compares it', () => {
    expect(exportsOf(scriptFor({}, 'p0', recordedDialect('Dk')))).toMatchObject({ LOCAL_HOST_IP: '10.0.0.1' });
    expect(exportsOf(scriptFor({}, 'p0', recordedDialect('E')))).not.toHaveProperty('LOCAL_HOST_IP');
  });
});

describe('launcher: api_servers', () => {
  it('starts start_api_servers.py with the same values, and passes on all of env', () => {
    const env = { HCCL_EXEC_TIMEOUT: '1800', DECODE_POD_NUM: '9' };
    const script = scriptFor({ ...prefill({ env }), launcher: 'api_servers' }, 'p0', recordedDialect('E'));
    expect(exportsOf(script)).toMatchObject({
      HCCL_EXEC_TIMEOUT: '1800',
      DECODE_POD_NUM: '9',
      HCCL_CONNECT_TIMEOUT: '1800',
      ROLE: 'prefill',
      ASCEND_RT_VISIBLE_DEVICES: '0,1,2,3',
      VLLM_LLMDATADIST_ZMQ_PORT: '5568',
    });
    expect(script.slice(script.indexOf('\nexec ') + 1)).toBe(
      `${[
        'exec python start_api_servers.py',
        '--num-servers 1',
        '--num-dp 1',
        '--server-offset 0',
        '--model-path /data/models/r1',
        '--master-ip 10.0.0.1',
        '--master-port 8000',
        '--base-api-port 9000',
        '--tp 4',
        '--served-model-name deepseek',
        '--max-model-len 32000',
        '--gpu-util 0.92',
        '--kv-transfer-config \'{"kv_connector":"AscendHcclConnectorV1","kv_buffer_device":"npu","kv_role":"kv_producer","kv_rank":0,"engine_id":0,"kv_parallel_size":1}\'',
        '--additional-config \'{"enable_omni_placement":true,"omni_placement_config":{"pattern_path":null,"max_moe_layer_num":58,"enable_dynamic":false,"max_redundant_per_expert":1,"max_redundant_per_rank":0,"enable_rank_round_robin":true,"enable_dump":false,"dump_dir":null}}\'',
        '--enable-mtp',
        '--num-speculative-tokens 1',
        "--extra-args '--max-num-batched-tokens 30000 --enforce-eager --enable-expert-parallel --disable-log-requests --max-num-seqs 16 --no-enable-prefix-caching'",
        '--log-dir /data/log/p0',
      ].join(' \\\n  ')}\n`,
    );
  });
});

describe('settings of servers', () => {
  const dialect = recordedDialect('E');
  const direct = (settings: FakeSettings, hosts = ['10.0.0.2']): FakeDeployment => ({
    launcher: 'api_servers',
    decode: [{ hosts, settings }],
  });
  const argument = (script: string, flag: string) => new RegExp(`^  ${flag} (.*?)(?: \\\\)?$`, 'm').exec(script)?.[1];

  it('reach vLLM through start_api_servers.py', () => {
    const script = scriptFor(
      direct({
        tp: 2,
        pp: 2,
        numSpeculativeTokens: 3,
        enforceEager: true,
        enableExpertParallel: false,
        enablePrefixCaching: true,
        disableLogRequests: false,
        blockSize: 64,
        distributedExecutorBackend: 'mp',
        kvTransferConfig: { kv_port: 14_000, engine_id: null },
        modelPath: '/data/models/other',
        maxNumSeqs: null,
      }),
      'd0',
      dialect,
    );
    expect(argument(script, '--tp')).toBe('2');
    expect(argument(script, '--pp')).toBe('2');
    expect(argument(script, '--num-speculative-tokens')).toBe('3');
    expect(argument(script, '--block-size')).toBe('64');
    expect(argument(script, '--distributed-executor-backend')).toBe('mp');
    expect(argument(script, '--model-path')).toBe('/data/models/other');
    expect(argument(script, '--extra-args')).toBe("'--enforce-eager --enable-prefix-caching'");
    expect(JSON.parse(argument(script, '--kv-transfer-config')!.slice(1, -1))).toEqual({
      kv_connector: 'AscendHcclConnectorV1',
      kv_buffer_device: 'npu',
      kv_role: 'kv_consumer',
      kv_rank: 1,
      kv_parallel_size: 2,
      kv_port: 14_000,
    });
    // an eager server has no graph, and OmniPlacement alone is left
    expect(argument(script, '--additional-config')).not.toContain('graph_model_compile_config');
  });

  it('reach vLLM through pd_run.sh where it has a flag', () => {
    const settings = { numSpeculativeTokens: 0, kvTransferConfig: { kv_port: 1 }, blockSize: 64 };
    const script = scriptFor({ decode: [{ hosts: ['10.0.0.2'], settings }] }, 'd0', dialect);
    expect(argument(script, '--num-speculative-tokens')).toBe('0');
    expect(argument(script, '--kv-transfer-config')).toContain('"kv_port":1');
    expect(argument(script, '--extra-args')).toContain('--block-size 64');
  });

  it('start without MTP, OmniPlacement and a graph when they are off', () => {
    const placement = { ...PLACEMENT, enabled: false };
    const additionalConfig = { graph_model_compile_config: null };
    const script = scriptFor(direct({ numSpeculativeTokens: 0, placement, additionalConfig }), 'd0', dialect);
    expect(flagsOf(script)).not.toContain('--enable-mtp');
    expect(flagsOf(script)).not.toContain('--additional-config');
  });

  it('count the offset of servers in dies', () => {
    const script = scriptFor(direct({ tp: 2 }, ['10.0.0.2', '10.0.0.3']), 'd1', dialect);
    expect(argument(script, '--num-servers')).toBe('2');
    expect(argument(script, '--num-dp')).toBe('4');
    expect(argument(script, '--server-offset')).toBe('4');
  });

  it('bring a decode server over several hosts together through ray', () => {
    const hosts = ['10.0.0.2', '10.0.0.3'];
    expect(scriptFor(direct({ tp: 8 }, hosts), 'd0', dialect)).toContain('ray start --head --port=6379 --num-gpus=4');
    expect(scriptFor(direct({ tp: 8 }, hosts), 'd1', dialect)).toContain(
      'ray start --address=10.0.0.2:6379 --num-gpus=4',
    );
  });

  it('export what goes before the variables of the image, and nothing for null', () => {
    const script = scriptFor(
      direct({ prependEnv: { PYTHONPATH: '/opt/a b' }, unsetEnv: ['HCCL_BUFFSIZE'] }),
      'd0',
      dialect,
    );
    const exported = exportsOf(script);
    expect(exported.PYTHONPATH).toBe(`'/opt/a b':"\${PYTHONPATH:-}"`);
    expect(exported).not.toHaveProperty('HCCL_BUFFSIZE');
  });
});

describe('keys that carry one argument or variable each', () => {
  const dialect = recordedDialect('E');
  const args = {
    ...ARGUMENTS,
    dtype: 'bfloat16',
    load_format: 'dummy',
    enable_chunked_prefill: false,
    speculative_config: { method: 'eagle3', num_speculative_tokens: 2 },
    reasoning_parser: 'deepseek_r1',
    reasoning_config: { think_start_str: '<think>' },
    enable_auto_tool_choice: true,
    tool_call_parser: 'hermes',
    tool_parser_plugin: '/opt/parser.py',
    chat_template: '/opt/chat.jinja',
    kv_events_config: { publisher: 'zmq' },
  };
  const decode = (settings: FakeSettings, hosts = ['10.0.0.2']): FakeDeployment => ({ decode: [{ hosts, settings }] });

  it('go through the flags of start_api_servers.py, and what it has none for through --extra-args', () => {
    const script = scriptFor({ ...decode({ arguments: args }), launcher: 'api_servers' }, 'd0', dialect);
    expect(script).toContain(
      `${[
        '--dtype bfloat16',
        '--load-format dummy',
        '--no-enable-chunked-prefill',
        '--reasoning-parser deepseek_r1',
        `--reasoning-config '{"think_start_str":"<think>"}'`,
        '--enable-auto-tool-choice',
        '--tool-call-parser hermes',
        '--tool-parser-plugin /opt/parser.py',
        '--chat-template /opt/chat.jinja',
        `--extra-args '--enable-expert-parallel --disable-log-requests --max-num-seqs 32 --no-enable-prefix-caching --speculative-config {"method":"eagle3","num_speculative_tokens":2} --kv-events-config {"publisher":"zmq"}'`,
      ].join(' \\\n  ')} \\\n`,
    );
    expect(script).not.toContain('--enable-mtp');
  });

  it('go through --extra-args of pd_run.sh, and another speculation replaces MTP', () => {
    const script = scriptFor(decode({ arguments: args }), 'd0', dialect);
    expect(script).toContain(
      '--load-format dummy --no-enable-chunked-prefill --speculative-config {"method":"eagle3",',
    );
    expect(script).toContain('  --num-speculative-tokens 0 \\\n');
  });

  it('share the dies of each host among num_servers', () => {
    const script = scriptFor(decode({ numServers: 2 }, ['10.0.0.2', '10.0.0.3']), 'd1', dialect);
    for (const words of ['--num-servers 2', '--num-dp 4', '--server-offset 4', '--tp 2'])
      expect(script).toContain(`  ${words} \\\n`);
  });

  it('give connectors the sizes of prefill servers where these are not one stage over all dies', () => {
    const parts: FakeDeployment = {
      prefill: [{ hosts: ['10.0.0.1'], settings: { tp: 1, pp: 2, ppLayerPartition: '31,30' } }],
    };
    const [, json = ''] = /--kv-transfer-config '(.*)'/.exec(scriptFor(parts, 'd0', dialect)) ?? [];
    expect(JSON.parse(json).kv_connector_extra_config).toEqual({
      kv_producer_dp_size: 2,
      kv_producer_pp_size: 2,
      kv_producer_pp_partitions: '31,30',
    });
    const prefill = scriptFor(parts, 'p0', dialect);
    expect(prefill).toContain('  --pp-layer-partition 31,30 \\\n');
    expect(exportsOf(prefill)).toMatchObject({ VLLM_PP_LAYER_PARTITION: '31,30' });
    expect(scriptFor({}, 'd0', dialect)).not.toContain('--kv-transfer-config');
  });

  it('move the ports of ray and of the KV transfer', () => {
    const settings = { rayPort: 6400, rayMinWorkerPort: 20_000, rayMaxWorkerPort: 20_999, zmqPort: 5700 };
    const parts: FakeDeployment = { prefill: [{ hosts: ['10.0.0.1', '10.0.0.3'], settings }] };
    const head = scriptFor(parts, 'p0', dialect);
    expect(head).toContain('  --vllm-llmdatadist-zmq-port 5700 \\\n');
    expect(head).toContain(
      '  --ray-port 6400 \\\n  --ray-min-worker-port 20000 \\\n  --ray-max-worker-port 20999 \\\n',
    );
    expect(scriptFor({ ...parts, launcher: 'api_servers' }, 'p0', dialect)).toContain(
      'ray start --head --port=6400 --num-gpus=4 --min-worker-port=20000 --max-worker-port=20999\n',
    );
    const worker = scriptFor(parts, 'p1', dialect);
    expect(worker).toContain(
      'ray start --address=10.0.0.1:6400 --num-gpus=4 --min-worker-port=20000 --max-worker-port=20999',
    );
    expect(worker).toContain('ray status --address=10.0.0.1:6400');
  });

  it('bind processes to CPUs once the first server of the host serves', () => {
    const script = scriptFor(decode({ procBind: true }), 'd0', dialect);
    expect(exportsOf(script)).toMatchObject({
      CPU_AFFINITY_CONF: '2',
      PROFILING_NAMELIST: '/workspace/omniinfer/omni/tools/profiler/proc_bind/proc_marker_namelist.yml',
    });
    expect(script).toContain(
      '  ROLE=D bash bind_cpu.sh\n) > /data/log/d0/bind_cpu.log 2>&1 &\n\nexec bash pd_run.sh \\\n',
    );
    expect(scriptFor({}, 'd0', dialect)).not.toContain('bind_cpu');
  });

  it.each(['A', 'r030'] as const)(
    'count the offset of servers in servers for %s, and give workers the dies',
    (snapshot) => {
      const parts = { ...decode({ tp: 2 }, ['10.0.0.2', '10.0.0.3']), launcher: 'api_servers' } as const;
      const script = scriptFor(parts, 'd1', recordedDialect(snapshot));
      expect(script).toContain('  --server-offset 2 \\\n');
      expect(exportsOf(script)).toMatchObject({ SERVER_OFFSET: '4' });
    },
  );
});

describe('the extra configuration', () => {
  const extraConfig = { operator_optimization_config: { gmm_nz: true } };

  it('is named by the variable that the engine reads, as pd_run.sh passes it or as newer loaders take it', () => {
    expect(scriptFor(prefill({ extraConfig }), 'p0', recordedDialect('B'))).toContain(
      '  --model-extra-cfg-path /var/lib/omniplace/r1/p0/test_config_prefill.json \\\n',
    );
    const { BEST_PRATICE_MODEL_CONFIG_PATH: named } = exportsOf(
      scriptFor(prefill({ extraConfig }), 'p0', recordedDialect('E')),
    );
    const file = '/var/lib/omniplace/r1/p0/test_config_prefill.json';
    expect(named).toBe(`'${JSON.stringify({ prefill_config_file: file, decode_config_file: file })}'`);
    expect(
      JSON.parse(filesFor(prefill({ extraConfig }), 'p0', recordedDialect('E'))['test_config_prefill.json']!),
    ).toEqual({
      model_parallel_config: {},
      operator_optimizition_config: {},
      operator_optimization_config: { gmm_nz: true },
    });
  });

  it('is not made where OmniInfer chooses its own and the file sets nothing, or nothing reads it', () => {
    expect(filesFor({}, 'p0', recordedDialect('E'))).not.toHaveProperty('test_config_prefill.json');
    expect(filesFor(prefill({ extraConfig }), 'p0', recordedDialect('Dk'))).not.toHaveProperty(
      'test_config_prefill.json',
    );
  });
});

describe('decode servers', () => {
  it('start after process_nz_config.py where there is one', () => {
    for (const snapshot of SNAPSHOTS) {
      const dialect = recordedDialect(snapshot);
      const script = scriptFor({}, 'd0', dialect);
      expect(script.includes('python process_nz_config.py "$operators"')).toBe(dialect.hasNzConfig);
      expect(scriptFor({}, 'p0', dialect)).not.toContain('process_nz_config');
    }
  });
});
