import { describe, expect, it } from 'vitest';
import type { ServerNode } from '../../../src/topology/topology.ts';
import { vllmDeployment } from './vllmDeployment.ts';

const HALF = 'devices: "0,1,2,3"';

/** TP, PP, DP and API servers of each decode node, and what hosts have in common. */
function sizesOf(decode: string, role = '') {
  const { topology } = vllmDeployment({ decode: [`${decode}${role}`] });
  const nodes = topology.nodes.filter((node): node is ServerNode => node.role === 'decode');
  const { tensorParallelSize: tp, pipelineParallelSize: pp, dataParallelSize: dp } = nodes[0]!;
  return {
    sizes: [tp, pp, dp],
    parts: nodes.map(({ part, numServers, serverOffset }) => `${part} ${numServers} from ${serverOffset}`),
  };
}

describe('the layout of vLLM', () => {
  it.each([
    ['one host', 'hosts: "10.0.0.2"', [8, 1, 1], ['master 1 from 0']],
    ['the devices that are given', `hosts: "10.0.0.2", ${HALF}`, [4, 1, 1], ['master 1 from 0']],
    ['a tensor size', 'hosts: "10.0.0.2", tensor_parallel_size: 2', [2, 1, 4], ['master 1 from 0']],
    ['a data size', 'hosts: "10.0.0.2", data_parallel_size: 2', [4, 1, 2], ['master 1 from 0']],
    ['several hosts', 'hosts: "10.0.0.2,10.0.0.3"', [16, 1, 1], ['master 1 from 0', 'headless 0 from 1']],
    [
      'several hosts, with a connector for stages',
      'hosts: "10.0.0.2,10.0.0.3", kv_connector: MooncakeConnector',
      [8, 2, 1],
      ['master 1 from 0', 'headless 0 from 1'],
    ],
    [
      'a rank over hosts',
      'hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 16',
      [16, 1, 1],
      ['master 1 from 0', 'headless 0 from 1'],
    ],
    [
      'experts over hosts',
      'hosts: "10.0.0.2,10.0.0.3", enable_expert_parallel: true',
      [1, 1, 16],
      ['master 1 from 0', 'headless 0 from 1'],
    ],
    [
      'a server per host',
      'hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 2, data_parallel_lb: hybrid',
      [2, 1, 8],
      ['master 1 from 0', 'peer 1 from 1'],
    ],
    [
      'a server per rank',
      'hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 4, data_parallel_lb: external',
      [4, 1, 4],
      ['master 2 from 0', 'peer 2 from 2'],
    ],
  ])('follows from %s', (_, decode, sizes, parts) => {
    expect(sizesOf(decode)).toEqual({ sizes, parts });
  });

  it('explains each size', () => {
    const { topology } = vllmDeployment({ decode: ['hosts: "10.0.0.2,10.0.0.3", enable_expert_parallel: true'] });
    expect(topology.nodes[2]!.reasons).toMatchObject({
      tp: { value: 1, because: 'experts are spread over hosts: each device is a rank' },
      dp: { value: 16, because: '16 devices / 1 of each rank' },
      data_parallel_size_local: { value: 8, because: "the host's devices / those of each rank" },
      data_parallel_start_rank: { value: 8, because: 'ranks of the earlier hosts' },
      data_parallel_lb: {
        value: 'internal',
        because: 'data_parallel_lb: one server on the first host shares requests out',
      },
      kv_role: { value: 'kv_consumer', because: 'decode consumes the key-value cache' },
    });
  });
});
