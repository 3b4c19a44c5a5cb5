import { describe, expect, it } from 'vitest';
import { faultLines, vllmDeployment } from './vllmDeployment.ts';

const AGREE = 'Its ranks work together and must agree: set it for the group.';
const linesOf = (block: string) =>
  faultLines(vllmDeployment({ decode: [`hosts: "10.0.0.2", host 10.0.0.2: {${block}}`] }));
/** The second of two hosts has the block. */
const unequalLines = (block: string) =>
  faultLines(
    vllmDeployment({
      decode: [
        `hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 1, enable_expert_parallel: true, host 10.0.0.3: {${block}}`,
      ],
      services: '  prefill: {tensor_parallel_size: 1}\n',
    }),
  );

describe('a host block of vLLM', () => {
  it.each([
    [
      'extra_args: [--bogus]',
      'error unknown_argument: `--bogus` is not an argument of vLLM v0.27.1. | Remove it, or set services.vllm_version if the image has a newer version.',
    ],
    [
      'extra_args: [--headless]',
      'error engine_argument: omniplace sets `--headless` itself. | Remove it: it follows from the hosts of the group.',
    ],
    [
      'kv_connector: P2pNcclConnector',
      'error retired_name: vLLM v0.27.1 has no connector P2pNcclConnector. | Use NixlConnector.',
    ],
    [
      'env: {VLLM_NIXL_SIDE_CHANNEL_HOST: localhost}',
      'error kv_transfer: VLLM_NIXL_SIDE_CHANNEL_HOST is set to localhost, which no other host can reach. | Remove it: omniplace sets it to the address of each host.',
    ],
    [
      'env: {VLLM_NIXL_SIDE_CHANNEL_PORT: abc}',
      'error kv_transfer: VLLM_NIXL_SIDE_CHANNEL_PORT must be a port; it is `abc`. | Write a whole number from 1 to 65535, or remove it.',
    ],
    [
      'extra_args: [--dtype, float16]',
      'error pair_mismatch: decode group1 has another `--dtype` than prefill group1: "float16" and none. | Set it alike for both, such as in deployment.defaults.',
    ],
  ])('is checked as a group is: %s', (block, line) => {
    expect(linesOf(block)).toContain(line);
  });

  it('may name another address of its host', () => {
    expect(linesOf('env: {VLLM_HOST_IP: 10.1.0.2}')).toEqual([]);
  });

  it('has its faults at its own lines, and those of the group once', () => {
    const decode = [
      'hosts: "10.0.0.2,10.0.0.3", extra_args: [--bogus], host 10.0.0.3: {env: {CUDA_VISIBLE_DEVICES: "1"}}',
    ];
    expect(vllmDeployment({ decode }).faults.map(({ path }) => path)).toEqual([
      'deployment.decode.group1.extra_args.0',
      'deployment.decode.group1.host 10.0.0.3.env.CUDA_VISIBLE_DEVICES',
    ]);
  });

  it('sets the sizes of an instance of one host', () => {
    const { topology } = vllmDeployment({ decode: ['hosts: "10.0.0.2", host 10.0.0.2: {tensor_parallel_size: 4}'] });
    expect(topology.nodes.find(({ name }) => name === 'd0')).toMatchObject({
      tensorParallelSize: 4,
      dataParallelSize: 2,
    });
  });

  it.each([
    ['tensor_parallel_size', '2'],
    ['pipeline_parallel_size', '2'],
    ['data_parallel_size', '4'],
    ['data_parallel_lb', 'external'],
    ['api_server_count', '3'],
    ['shutdown_timeout', '5'],
    ['extra_args', '[--max-logprobs, "7"]'],
  ])('must not have another %s than the first host', (key, value) => {
    expect(unequalLines(`${key}: ${value}`)).toEqual([
      `error unequal_settings: Decode group1 has another \`${key}\` on 10.0.0.3 than on 10.0.0.2. | ${AGREE}`,
    ]);
  });

  it('must not have another lmcache_config either, next to the fault of one that nothing reads', () => {
    expect(unequalLines('lmcache_config: {chunk_size: 64}')).toEqual([
      'error kv_transfer: Nothing reads lmcache_config: decode group1 on 10.0.0.3 has the connector NixlConnector. | Remove it.',
      `error unequal_settings: Decode group1 has another \`lmcache_config\` on 10.0.0.3 than on 10.0.0.2. | ${AGREE}`,
    ]);
  });

  it('may have arguments of its own for logs and the API', () => {
    expect(unequalLines('extra_args: [--uvicorn-log-level, debug]')).toEqual([]);
  });

  it('gives the router no connector of its own', () => {
    const prefill = ['hosts: "10.0.0.1"', 'hosts: "10.0.0.4", host 10.0.0.4: {kv_connector: MooncakeConnector}'];
    expect(faultLines(vllmDeployment({ prefill }))).toContain(
      'error pair_mismatch: prefill group2 has another `kv_connector` than prefill group1: "MooncakeConnector" and "NixlConnector". | Set it alike for both, such as in deployment.defaults.',
    );
  });
});
