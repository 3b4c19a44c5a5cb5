import { describe, expect, it } from 'vitest';
import { faultLines, vllmDeployment } from './vllmDeployment.ts';

const linesOf = (proxy: string, services = '') => faultLines(vllmDeployment({ proxy: `, ${proxy}`, services }));

describe('arguments of vllm-router', () => {
  it.each([
    [
      '--prefill, "http://x:1"',
      'error engine_argument: omniplace sets `--prefill` of the router itself. | Remove it: the list of servers follows from the groups of the file.',
    ],
    [
      '--policy, random',
      'error engine_argument: omniplace sets `--policy` of the router itself. | Remove it: set deployment.proxy.policy.',
    ],
    [
      '--kv-connector, mooncake',
      'error engine_argument: omniplace sets `--kv-connector` of the router itself. | Remove it: set kv_connector of prefill and decode.',
    ],
    [
      '--polcy, x',
      'warning engine_argument: vllm-router has no option `--polcy` that is known. | Did you mean `--policy`?',
    ],
    [
      '--request-timeout-secs, long',
      'warning engine_argument: `--request-timeout-secs` of the router must be a whole number; it is `long`. | Correct its value.',
    ],
  ])('are compared with its options: %s', (args, line) => {
    expect(linesOf(`router_args: [${args}]`)).toEqual([line]);
  });

  it('are accepted where it has them', () => {
    expect(linesOf('router_args: [--request-timeout-secs, "3600", --disable-retries]')).toEqual([]);
  });
});

describe('ranks that vllm-router chooses', () => {
  it('are those of every server', () => {
    expect(linesOf('intra_node_data_parallel_size: 8')).toEqual([
      'error engine_value: intra_node_data_parallel_size is 8, and a server of p0 has 1 rank. | Remove it: each server shares its requests out then. Or give every server that many ranks.',
    ]);
    const eight = '  prefill: {tensor_parallel_size: 1}\n  decode: {tensor_parallel_size: 1}\n';
    expect(linesOf('intra_node_data_parallel_size: 8', eight)).toEqual([]);
    expect(linesOf('intra_node_data_parallel_size: 4', eight)).toEqual([
      'warning engine_value: intra_node_data_parallel_size is 4, and a server of p0 has 8 ranks. | Remove it: each server shares its requests out then. Or give every server that many ranks.',
    ]);
  });
});
