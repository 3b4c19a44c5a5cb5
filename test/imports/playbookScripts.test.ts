import { describe, expect, it } from 'vitest';
import { importFiles } from '../../src/imports/index.ts';
import { ansibleInventory } from './samples.ts';
import { imported } from './started.ts';

const INVENTORY = {
  file: 'inventory.yml',
  text: ansibleInventory({ prefill: [{ ip: '10.0.0.1', kvRank: 0 }], decode: ['10.0.0.3'], proxy: '10.0.0.1' }),
};

interface Scripts {
  readonly environment?: Readonly<Record<string, string>>;
  readonly prefill?: string;
  readonly decode?: string;
  readonly proxy?: string;
}

const PREFILL = `
      export HCCL_EXEC_TIMEOUT=1800
      export PYTORCH_NPU_ALLOC_CONF=expandable_segments:True
      export MY_PLUGIN=/opt/plugin
      GPU_UTIL=0.9
      if [ \${USE_OMNI_PROXY} = "1" ]; then
        EXTRA_ARGS="--max-num-batched-tokens 20000 --enforce-eager --enable-expert-parallel --disable-log-requests --max-num-seqs 24"
      else
        EXTRA_ARGS='--max-num-batched-tokens 30000 --enforce-eager --enable-expert-parallel --disable-log-requests --max-num-seqs 16 --no-enable-prefix-caching'
      fi
      if [ $(echo -n "$NODE_IP_LIST" | tr -cd ',' | wc -c) -ge 1 ]; then
        EXTRA_ARGS="\${EXTRA_ARGS} --distributed-executor-backend ray"
      fi
      bash /workspace/omniinfer/tools/scripts/pd_run.sh \\
        --rank-table-path \${TABLE} \\
        --role "prefill" \\
        --kv-rank \${KV_RANK} \\
        --kv-connector \${KV_CONNECTOR} \\
        --tp \${PREFILL_TENSOR_PARALLEL_SIZE} \\
        --gpu-util \${GPU_UTIL} \\
        --extra-args "\${EXTRA_ARGS}" \\
        --hccl-buffsize "\${HCCL_BUFFSIZE}" > \${LOG_PATH}/log 2>&1 &
`;
const DECODE = `
      HCCL_BUFFSIZE=1200
      ADDITIONAL_CONFIG='{"graph_model_compile_config": {"level":1},"enable_omni_placement":true,"omni_placement_config":{"max_moe_layer_num":58,"enable_dynamic":true}}'
      bash pd_run.sh \\
        --rank-table-path \${TABLE} \\
        --role "decode" \\
        --kv-rank \${KV_RANK} \\
        --additional-config "$ADDITIONAL_CONFIG" \\
        --extra-args "--enable-expert-parallel --disable-log-requests --max-num-seqs 48 --no-enable-prefix-caching --swap-space 64" \\
        --hccl-buffsize "\${HCCL_BUFFSIZE}" &
`;
const PROXY = `
      if [ \${USE_OMNI_PROXY} = "1" ]; then
        bash omni_proxy.sh --listen-port "$PROXY_NODE_PORT" --prefill-endpoints "$prefill" --decode-endpoints "$decode" \\
          --core-num 8 --start-core-index 16 --omni-proxy-model-path $MODEL_PATH --omni-proxy-decode-max-num-seqs 32 --no-reuseport
      else
        bash global_proxy.sh --listen-port "$PROXY_NODE_PORT" --prefill-lb-sdk \${PREFILL_LB_SDK} \\
          --prefill-max-num-seqs 16 --decode-max-num-seqs 32 --surprise 1
      fi
`;

function playbook({ environment = {}, prefill = PREFILL, decode = DECODE, proxy = PROXY }: Scripts) {
  const all = {
    MODEL_PATH: '/data/model',
    KV_CONNECTOR: 'AscendHcclConnectorV1',
    USE_OMNI_PROXY: '0',
    PREFILL_LB_SDK: 'least_conn',
    DOCKER_IMAGE_ID: 'registry.example/omniinfer:1',
    ...environment,
  };
  const lines = Object.entries(all).map(([name, value]) => `    ${name}: "${value}"\n`);
  const scripts = { run_p_cmd: prefill, run_d_cmd: decode, run_proxy_cmd: proxy };
  const vars = Object.entries(scripts).map(([name, text]) => `    ${name}: |${text}`);
  return {
    file: 'server.yml',
    text: `- hosts: all\n  environment:\n${lines.join('')}  vars:\n${vars.join('')}  tasks: []\n`,
  };
}

const settings = (scripts: Scripts) => {
  const { deployment, left } = imported(INVENTORY, playbook(scripts));
  const [prefill, decode] = [deployment.prefill[0]!.settings, deployment.decode[0]!.settings];
  return { prefill, decode, proxy: deployment.proxy!, left: left.filter((line) => line.startsWith('server.yml')) };
};

describe('the start scripts of a playbook', () => {
  it('are evaluated: quotes, variables, tests, JSON', () => {
    const { prefill, decode, proxy, left } = settings({});
    expect(prefill).toMatchObject({ gpuUtil: 0.9, maxNumSeqs: 16, maxNumBatchedTokens: 30000, extraArgs: [] });
    expect(prefill.env).toEqual({ MY_PLUGIN: '/opt/plugin' });
    expect(decode).toMatchObject({ maxNumSeqs: 48, extraArgs: ['--swap-space', '64'], env: { HCCL_BUFFSIZE: '1200' } });
    expect(decode.engineSettings).toMatchObject({
      placement: { enabled: true, enableDynamic: true, maxMoeLayerNum: 58 },
    });
    expect(prefill.engineSettings).toMatchObject({ placement: { enabled: false } });
    expect(proxy.engineSettings).toMatchObject({ useOmniProxy: false, prefillLbSdk: 'least_conn' });
    expect(left).toEqual([
      'server.yml:10: pd_run.sh of prefill export HCCL_EXEC_TIMEOUT: 1800',
      'server.yml:47: global_proxy.sh --decode-max-num-seqs: 32',
      'server.yml:47: global_proxy.sh --surprise: 1',
    ]);
  });

  it('have misspelt keys of OmniPlacement listed, which took its defaults', () => {
    const { decode, left } = settings({ decode: DECODE.replace('"enable_dynamic"', '"enale_dynamic"') });
    expect(decode.engineSettings).toMatchObject({ placement: { enableDynamic: true, maxMoeLayerNum: 58 } });
    expect(left[1]).toMatch(/pd_run.sh of decode omni_placement_config.enale_dynamic: true$/);
  });

  it('let experts move where the configuration of placement does not name it, as OmniPlacement does', () => {
    const decode = DECODE.replace(',"enable_dynamic":true', '');
    expect(settings({ decode }).decode.engineSettings).toMatchObject({
      placement: { enabled: true, enableDynamic: true, maxMoeLayerNum: 58 },
    });
  });

  it('give --extra-args the next word, also where that is one flag', () => {
    const decode = DECODE.replace(/--extra-args ".*"/, '--extra-args "--enforce-eager"');
    const { engineSettings } = settings({ decode }).decode;
    expect(engineSettings).toMatchObject({ enforceEager: true, enableExpertParallel: false });
  });

  it('take the branch that the environment chooses', () => {
    const { prefill, proxy, left } = settings({ environment: { USE_OMNI_PROXY: '1' } });
    expect(prefill).toMatchObject({ maxNumSeqs: 24, maxNumBatchedTokens: 20000 });
    expect(proxy.engineSettings).toMatchObject({
      useOmniProxy: true,
      coreNum: 8,
      omniProxy: { no_reuseport: true, omni_proxy_model_path: null, omni_proxy_decode_max_num_seqs: 32 },
    });
    expect(left.filter((line) => line.includes('_proxy.sh'))).toEqual([]);
  });

  it('keep another tensor parallel size of prefill than the dies of its hosts', () => {
    const tensor = (size: string) =>
      settings({ environment: { PREFILL_TENSOR_PARALLEL_SIZE: size } }).prefill.engineSettings;
    expect(tensor('8')).toMatchObject({ tp: 8 });
    expect(tensor('16')).toMatchObject({ tp: null });
  });

  describe('with arguments that are written out', () => {
    const more = (args: string) => settings({ decode: DECODE.replace('--role "decode"', `--role "decode" ${args}`) });

    it('keep limit, model, port and interface', () => {
      const { prefill, decode, left } = more(
        '--max-model-len 8192 --model-path /other/model --vllm-llmdatadist-zmq-port 5999 --gloo-socket-ifname eth7',
      );
      expect(decode).toMatchObject({ maxModelLen: 8192, env: { GLOO_SOCKET_IFNAME: 'eth7', HCCL_BUFFSIZE: '1200' } });
      expect(decode.engineSettings).toMatchObject({ modelPath: '/other/model', zmqPort: 5999 });
      expect(prefill.engineSettings).toMatchObject({ modelPath: null, zmqPort: null });
      expect(left.filter((line) => line.includes('of decode'))).toEqual([]);
    });

    it('list those of the layout that the inventory gives otherwise, with their lines', () => {
      const { left } = more(
        '\\\n        --decode-pod-num 3 \\\n        --num-servers 16 --num-dp 4 --prefill-pod-num 1 --kv-rank 7',
      );
      expect(left.filter((line) => line.includes('of decode'))).toEqual([
        'server.yml:37: pd_run.sh of decode --decode-pod-num: 3',
        'server.yml:38: pd_run.sh of decode --num-dp: 4',
        'server.yml:38: pd_run.sh of decode --kv-rank: 7',
      ]);
    });
  });

  describe('with connectors', () => {
    const withConnector = (connector: string, vars = '') => {
      const files = playbook({
        decode: DECODE.replace('--role "decode"', `--role "decode" --kv-connector ${connector}`),
      });
      return { ...files, text: files.text.replace('  vars:\n', `  vars:\n${vars}`) };
    };

    it.each([
      ['LMCacheConnectorV1', '', 'server.yml:31: --kv-connector is LMCacheConnectorV1'],
      ['"{{ conn }}"', '    conn: LMCacheConnectorV1\n', 'server.yml:9: conn is LMCacheConnectorV1'],
    ])('refuse %s by the value that the role gets', (connector, vars, words) => {
      expect(() => importFiles([INVENTORY, withConnector(connector, vars)])).toThrow(words);
    });

    it('fill variables of the play into the environment', () => {
      const { text, file } = playbook({ environment: { KV_CONNECTOR: '{{ conn }}' } });
      const given = { file, text: text.replace('  vars:\n', '  vars:\n    conn: LMCacheConnectorV1\n') };
      expect(() => importFiles([INVENTORY, given])).toThrow('server.yml:9: conn is LMCacheConnectorV1');
    });

    it('keep another one, of a pd_run.sh that takes it', () => {
      const { deployment } = imported(INVENTORY, withConnector('MooncakeConnectorV1'));
      expect(deployment.decode[0]!.settings.engineSettings).toMatchObject({
        kvTransferConfig: { kv_connector: 'MooncakeConnectorV1' },
      });
      expect(deployment.engineSettings).toMatchObject({ generation: null });
    });
  });

  it('take v0.6 for a playbook unless it uses what came later', () => {
    const generation = (args: string) =>
      imported(INVENTORY, playbook({ decode: DECODE.replace('--role "decode"', `--role "decode" ${args}`) })).deployment
        .engineSettings;
    expect(generation('')).toMatchObject({ generation: 'v0.6' });
    expect(generation('--num-speculative-tokens 1')).toMatchObject({ generation: 'v0.6' });
    expect(generation('--num-speculative-tokens 0')).toMatchObject({ generation: null });
  });

  it('keep the pattern of the image', () => {
    const pattern = (path: string) => DECODE.replace('{"max_moe', `{"pattern_path":"${path}","max_moe`);
    const of = (path: string) => settings({ decode: pattern(path) });
    const relative = of('../../patterns/a.npy');
    expect(relative.decode.engineSettings).toMatchObject({
      placement: { patternPath: null, imagePatternPath: '../../patterns/a.npy' },
    });
    expect(relative.left.filter((line) => line.includes('pattern_path'))).toEqual([]);
    expect(of('/home/a.npy').left.filter((line) => line.includes('pattern_path'))).toEqual([
      'server.yml:33: pd_run.sh of decode pattern_path: /home/a.npy',
    ]);
  });

  describe('with docker commands and tasks', () => {
    const given = (vars: string, tasks: string) => {
      const { file, text } = playbook({});
      const own = text.replace('  vars:\n', `  vars:\n${vars}`).replace('tasks: []\n', `tasks:\n${tasks}`);
      const { deployment, left } = imported(INVENTORY, { file, text: own });
      return { prefill: deployment.prefill[0]!.settings, decode: deployment.decode[0]!.settings, left };
    };
    const start = (role: 'p' | 'd', environment: string) =>
      `    - command: bash -c "{{ docker_start_vllm_cmd_${role} }}"\n      environment:\n${environment}`;

    it('get the variables that these give to containers', () => {
      const vars = [
        '    docker_run_cmd: docker run -e VLLM_BAR=5 -e TABLE={{ path }} -e http_proxy=http://p',
        '    docker_start_vllm_cmd_p: "{{ docker_exec_cmd }} -e VLLM_OWN=$OWN -e HOST_IP=$HOST_IP"',
        '    docker_start_vllm_cmd_d: "{{ docker_exec_cmd }} --env VLLM_D=1"\n',
      ].join('\n');
      const { prefill, decode } = given(vars, start('p', '        OWN: 7\n        HOST_IP: "{{ ip }}"\n'));
      expect(prefill.env).toEqual({ MY_PLUGIN: '/opt/plugin', VLLM_BAR: '5', VLLM_OWN: '7' });
      expect(decode.env).toEqual({ HCCL_BUFFSIZE: '1200', VLLM_BAR: '5', VLLM_D: '1' });
    });

    it('take values from the tasks of a role, and list those that no command passes on', () => {
      const { prefill, decode, left } = given(
        '',
        start('p', '        USE_OMNI_PROXY: "1"\n') + start('d', '        VLLM_FOO: 3\n'),
      );
      expect(prefill.maxNumSeqs).toBe(24);
      expect(decode.maxNumSeqs).toBe(48);
      expect(left.filter((line) => line.includes('of a task'))).toEqual([
        'server.yml:55: environment.VLLM_FOO of a task: 3',
      ]);
    });
  });

  it('name every statement that is not read, with its line', () => {
    const lines = [
      'export ONE=1',
      'source /opt/own.sh',
      'sysctl -w vm.x=1',
      "sed -i 's/a/b/' /x.py",
      'ulimit -n 65535',
      'if [ "$NODE_RANK" = "0" ]; then',
      '  export MINE=1',
      'fi',
      'cd /tmp && ray stop --force',
    ].map((line) => `      ${line}\n`);
    const { prefill, left } = settings({ prefill: `\n${lines.join('')}${PREFILL.slice(1)}` });
    expect(prefill.env).toMatchObject({ ONE: '1' });
    expect(left.filter((line) => line.includes('start script'))).toEqual([
      'server.yml:11: start script source: source /opt/own.sh',
      'server.yml:12: start script sysctl: sysctl -w vm.x=1',
      'server.yml:13: start script sed: sed -i s/a/b/ /x.py',
      'server.yml:14: start script ulimit: ulimit -n 65535',
      'server.yml:16: start script export: export MINE=1',
    ]);
  });

  it('list what a further start command of a role has otherwise', () => {
    const other = DECODE.replace('--max-num-seqs 48', '--max-num-seqs 64');
    expect(settings({ decode: `${DECODE}${other.slice(1)}` }).left.filter((line) => line.includes('further'))).toEqual([
      'server.yml:31: further pd_run.sh of decode max_num_seqs: 64',
    ]);
    expect(settings({ decode: `${DECODE}${DECODE.slice(1)}` }).left.filter((line) => line.includes('further'))).toEqual(
      [],
    );
  });

  describe('with start_api_servers.py', () => {
    const decode = (args: string) => `
      python start_api_servers.py --num-servers 16 --tp 1 --extra-args "--enable-expert-parallel" ${args} \\
        --kv-transfer-config '{"kv_connector":"AscendHcclConnectorV1","kv_buffer_device":"npu","kv_role":"kv_consumer","kv_rank":'\${KV_RANK}',"engine_id":'\${KV_RANK}',"kv_parallel_size":1}' &
`;
    const own = (args: string) => settings({ decode: decode(args) });

    it('have no multi-token prediction without --enable-mtp', () => {
      expect(own('').decode.engineSettings).toMatchObject({ numSpeculativeTokens: 0 });
      expect(own('--num-speculative-tokens 2').decode.engineSettings).toMatchObject({ numSpeculativeTokens: 0 });
      const { decode, left } = own('--enable-mtp --num-speculative-tokens 2');
      expect(decode.engineSettings).toMatchObject({ numSpeculativeTokens: 2 });
      expect(decode.extraArgs).toEqual([]);
      expect(left.filter((line) => line.includes('start_api_servers.py'))).toEqual([]);
    });

    it('keep the size of blocks and the stages of layers', () => {
      const { decode, left } = own('--enable-mtp --block-size 64 --pp 2');
      expect(decode.engineSettings).toMatchObject({ blockSize: 64, pp: 2 });
      expect(left.filter((line) => line.includes('start_api_servers.py'))).toEqual([]);
    });
  });

  describe('with a connector of their own', () => {
    const connector = (json: string) => {
      const text = decodeWith(json);
      const { decode, left } = settings({ decode: text });
      return { config: (decode.engineSettings as { kvTransferConfig: unknown }).kvTransferConfig, left };
    };
    const decodeWith = (json: string) =>
      DECODE.replace('--kv-rank ${KV_RANK} \\', `--kv-rank \${KV_RANK} \\\n        --kv-transfer-config '${json}' \\`);
    const ranks = '"kv_rank":0,"engine_id":0,"kv_parallel_size":1';

    it('keep what differs from that of omniplace', () => {
      const json = `{"kv_connector":"AscendHcclConnectorV1","kv_buffer_device":"cpu","kv_role":"kv_consumer",${ranks},"kv_load":1}`;
      expect(connector(json).config).toEqual({ kv_buffer_device: 'cpu', kv_load: 1 });
    });

    it('keep another one', () => {
      const json = `{"kv_connector":"OtherConnector","kv_role":"kv_consumer",${ranks}}`;
      expect(connector(json).config).toEqual({ kv_connector: 'OtherConnector', kv_buffer_device: null });
    });

    it('name what can not be kept', () => {
      const json = `{"kv_connector":"AscendHcclConnectorV1","kv_buffer_device":"npu","kv_role":"kv_consumer",${ranks},"kv_ip":"'\${HOST}'","kv_connector_extra_config":{"local_rank_table_path":"/t"}}`;
      const { config, left } = connector(json);
      expect(config).toEqual({});
      expect(left.filter((line) => line.includes('--kv-transfer-config'))).toEqual([
        'server.yml:38: pd_run.sh of decode --kv-transfer-config: local_rank_table_path: "/t"',
        'server.yml:38: pd_run.sh of decode --kv-transfer-config: kv_ip: ".."',
      ]);
      expect(connector('{').left.find((line) => line.includes('--kv-transfer-config'))).toMatch(/: \{$/);
    });
  });

  it('may have variables and programs before the command', () => {
    const prefill = PREFILL.replace('      bash /work', '      TRACE=/opt/names.yml taskset -c 0-3 bash /work');
    const found = settings({ prefill });
    expect(found.prefill).toMatchObject({ maxNumSeqs: 16, env: { MY_PLUGIN: '/opt/plugin', TRACE: '/opt/names.yml' } });
    expect(found.left).toContain('server.yml:22: pd_run.sh before it: taskset -c 0-3');
  });

  it('are named where a call is not read', () => {
    const prefill = PREFILL.replace('      bash /work', '      for host in a b; do\n      bash /work').replace(
      '2>&1 &',
      '2>&1\n      done',
    );
    expect(settings({ prefill }).left).toContain('server.yml:9: start script pd_run.sh: ..');
  });

  it('name what is known only when they run', () => {
    const prefill = PREFILL.replace('GPU_UTIL=0.9', 'GPU_UTIL=$(cat /tmp/util)').replace(
      'if [ ${USE_OMNI_PROXY} = "1" ]',
      'if [ -f /tmp/flag ]',
    );
    expect(settings({ prefill }).left).toEqual(
      expect.arrayContaining([
        'server.yml:14: start script if: [ -f /tmp/flag ]',
        expect.stringMatching(/^server\.yml:\d+: pd_run\.sh of prefill --gpu-util: \.\.$/),
      ]),
    );
  });

  it.each([
    [
      'SGLang',
      { decode: '\n      python -m sglang.launch_server --model-path x\n' },
      'server.yml:31: the playbook starts SGLang',
    ],
    [
      'LMCache',
      { environment: { KV_CONNECTOR: 'LMCacheConnectorV1' } },
      'server.yml:4: KV_CONNECTOR is LMCacheConnectorV1',
    ],
    [
      'an elastic cluster',
      { decode: DECODE.replace('"enable_omni_placement":true', '"enable_pd_elastic_scaling":true') },
      'server.yml:31: the playbook starts an elastic cluster',
    ],
    [
      'servers without rank tables',
      { prefill: PREFILL.replace('--rank-table-path ${TABLE} \\', '\\') },
      'server.yml:9: the playbook starts an elastic cluster',
    ],
  ])('are refused by name where they start %s', (_, scripts: Scripts, words) => {
    expect(() => importFiles([INVENTORY, playbook(scripts)])).toThrow(words);
  });
});
