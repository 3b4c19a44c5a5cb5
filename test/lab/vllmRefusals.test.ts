import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from './processRig.ts';
import { VllmRig } from './vllmProcess.ts';

let rig: VllmRig;
let port: number;

beforeAll(async () => {
  rig = await VllmRig.make('v0.27.1', 4);
  rig.write('dense/config.json', JSON.stringify({ num_hidden_layers: 2, num_attention_heads: 8 }));
  port = await freePorts(1);
});
afterAll(() => rig.down());

const kv = (json: object) => ['--kv-transfer-config', JSON.stringify(json)];

it.each([
  ['an unknown flag', ['--no-such-flag', '1'], 2, 'vllm: error: unrecognized arguments: --no-such-flag 1'],
  ['a flag of another version', ['--swap-space', '4'], 2, 'unrecognized arguments: --swap-space 4'],
  [
    'a flag without its value',
    ['--tensor-parallel-size'],
    2,
    'vllm serve: error: argument --tensor-parallel-size/-tp: expected one argument',
  ],
  ['a value of another type', ['-tp', 'two'], 2, "argument --tensor-parallel-size/-tp: invalid int value: 'two'"],
  ['a choice that is none', ['--kv-cache-dtype', 'fp7'], 2, "invalid choice: 'fp7'"],
  ['a beginning of several names', ['--data-parallel-s', '2'], 2, 'ambiguous option: --data-parallel-s could match'],
  ['JSON that is none', ['--kv-transfer-config', '{'], 2, 'argument --kv-transfer-config: 1 validation error'],
  [
    'a key that JSON of it has not',
    kv({ kv_connector: 'NixlConnector', kv_roll: 'x' }),
    2,
    'kv_roll: Unexpected keyword argument',
  ],
  ['a number out of range', ['--tensor-parallel-size', '0'], 1, 'Input should be greater than or equal to 1'],
  ['a connector without a role', kv({ kv_connector: 'NixlConnector' }), 1, 'ValueError: Please specify kv_role'],
  [
    'a retired connector',
    kv({ kv_connector: 'P2pNcclConnector', kv_role: 'kv_producer' }),
    1,
    'ValueError: Unsupported connector type: P2pNcclConnector',
  ],
  ['more devices than there are', ['-tp', '8'], 1, 'World size (8) is larger than the number of available GPUs (4)'],
  ['ranks without devices', ['-tp', '2', '-dp', '4'], 1, 'local range: [4, 6)'],
  [
    'heads that are not divisible',
    ['-tp', '3'],
    1,
    'attention heads (8) must be divisible by tensor parallel size (3)',
  ],
  [
    'a context that is too long',
    ['--max-model-len', '8k'],
    1,
    'max_model_len (8000) is greater than the derived max_model_len',
  ],
  [
    'redundant experts without EPLB',
    ['--eplb-config.num_redundant_experts', '4'],
    1,
    'num_redundant_experts is set to 4 but EPLB is not enabled',
  ],
  [
    'EPLB without expert parallelism',
    ['--enable-eplb', '-tp', '2'],
    1,
    'enable_expert_parallel must be True to use EPLB',
  ],
  [
    'slots that are not divisible',
    ['--enable-eplb', '--enable-expert-parallel', '-tp', '4', '--eplb-config.num_redundant_experts', '2'],
    1,
    '8 + 2 experts are not divisible by 4 ranks',
  ],
  [
    'an API server on a headless node',
    ['--headless', '-dp', '2', '-dpl', '1', '--api-server-count', '1'],
    1,
    'cannot be used with --headless',
  ],
  [
    'two kinds of load balancing',
    ['-dp', '2', '--data-parallel-rank', '0', '--data-parallel-hybrid-lb'],
    1,
    'Cannot use more than one data parallel load balancing mode',
  ],
  [
    'hybrid load balancing without a local size',
    ['-dp', '2', '--data-parallel-hybrid-lb'],
    1,
    'requires `--data-parallel-size-local`',
  ],
  [
    'a rank beyond the size',
    ['-dp', '2', '--data-parallel-rank', '2'],
    1,
    'data_parallel_rank (2) must be in the range [0, 2)',
  ],
  [
    'nodes that do not divide the ranks',
    ['-tp', '4', '--nnodes', '3'],
    1,
    'must evenly divide the total world size (4)',
  ],
  [
    'another node of a rank that is not headless',
    ['-tp', '4', '--nnodes', '2', '--node-rank', '1'],
    1,
    'collective_rpc should not be called on follower node',
  ],
])('vllm serve refuses %s', async (_, argv, code, words) => {
  const server = rig.serve(['--port', String(port), ...argv]);
  expect(await server.exit).toBe(code);
  expect(server.output).toContain(words);
});

it('vllm serve refuses stages of which a connector hands over one', async () => {
  const kv = { kv_connector: 'NixlConnector', kv_role: 'kv_consumer' };
  const server = rig.serve(['--port', String(port), '-pp', '2', '--kv-transfer-config', JSON.stringify(kv)]);
  expect(await server.exit).toBe(1);
  expect(server.output).toContain('consumer (decode) does not support pipeline_parallel_size > 1');
});

it('vllm serve refuses external load balancing of a model without experts', async () => {
  const argv = ['serve', `${rig.folder}/dense`, '--port', String(port), '-dp', '2', '--data-parallel-rank', '0'];
  const server = rig.start('vllm', argv);
  expect(await server.exit).toBe(1);
  expect(server.output).toContain('Non-MoE models do not support external data parallel mode');
});

it('vllm serve refuses devices that the container has not', async () => {
  const server = rig.serve(['--port', String(port)], { CUDA_VISIBLE_DEVICES: '7' });
  expect(await server.exit).toBe(1);
  expect(server.output).toContain('number of available GPUs (0)');
});

it('vllm serve refuses an interface that is not there', async () => {
  const server = rig.serve(['--port', String(port), '-tp', '2'], { GLOO_SOCKET_IFNAME: 'nosuch0' });
  expect(await server.exit).toBe(1);
  expect(server.output).toContain('Unable to find address for: nosuch0');
});

it.each([
  ['an unknown option', ['--no-such'], 2, 'vllm-router: error: unrecognized arguments: --no-such'],
  ['a policy that is none', ['--policy', 'best'], 2, "invalid choice: 'best'"],
  [
    'pairs without decode',
    ['--vllm-pd-disaggregation', '--prefill', 'http://127.0.0.1:1'],
    1,
    'requires --prefill and --decode URLs',
  ],
  ['a URL that is none', ['--worker-urls', '127.0.0.1:1'], 1, 'Invalid URL: 127.0.0.1:1'],
])('vllm-router refuses %s', async (_, argv, code, words) => {
  const router = rig.router(argv);
  expect(await router.exit).toBe(code);
  expect(router.output).toContain(words);
});

it('vllm-router does not listen before its servers are healthy, and gives up', async () => {
  const router = rig.router([
    ...['--worker-urls', `http://127.0.0.1:${port}`, '--port', '0', '--prometheus-port', '0'],
    ...['--worker-startup-timeout-secs', '1'],
  ]);
  expect(await router.exit).toBe(1);
  expect(router.output).toContain(`Timeout 1s waiting for workers [http://127.0.0.1:${port}] to become healthy`);
});
