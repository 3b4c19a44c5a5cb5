import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';
import { movedTokens, removed, served, writeCluster } from './vllmCluster.ts';

const rig = new LabRig('vtopo');
const EXPERTS = 'enable_expert_parallel: true';
const PROXY = '  proxy: {host: H1, listen_port: 30000, policy: round_robin}';

// one lab; each story serves a cluster of its own, and removes it
describe('topologies of vLLM in the lab', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.upVllm(4, 2);
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });
  const at = (host: number, port: number) => `${rig.address(host)}:${port}`;

  it('two prefill instances, and experts of decode over two hosts of which one is headless', async () => {
    const file = writeCluster(rig, {
      name: '2p1d',
      groups: `  prefill:
    group1: {hosts: H1, master_port: 13345, base_api_port: 8100}
    group2: {hosts: H2, master_port: 13345, base_api_port: 8100}
  decode:
    group1: {hosts: "H3,H4", master_port: 13345, base_api_port: 8200}
${PROXY}`,
      roles: `  prefill: {max_model_len: 4096, ${EXPERTS}}\n  decode: {max_model_len: 4096, ${EXPERTS}}`,
    });
    expect(await served(rig, file)).toEqual([
      ['p0', 'serving', 1],
      ['p1', 'serving', 1],
      ['d0', 'serving', 1],
      ['d1', 'serving', 0],
      ['c0', 'serving', 1],
    ]);
    for (let turn = 0; turn < 2; turn++) {
      const [moved, prompt] = await movedTokens(at(1, 30_000), [at(3, 8200)]);
      expect(moved).toBe(prompt);
    }
    await removed(rig, file);
  });

  it('prefill with tensor and pipeline parallelism over two hosts, without experts in parallel, by Mooncake', async () => {
    const kv = 'kv_connector: MooncakeConnector';
    const file = writeCluster(rig, {
      name: 'over',
      groups: `  prefill:
    group1: {hosts: "H1,H2", master_port: 29501, base_api_port: 8100}
  decode:
    group1: {hosts: "H3,H4", master_port: 29501, base_api_port: 8200, tensor_parallel_size: 4}
${PROXY}`,
      roles: `  prefill: {max_model_len: 4096, ${kv}}\n  decode: {max_model_len: 4096, ${kv}}`,
    });
    expect(await served(rig, file)).toEqual([
      ['p0', 'serving', 1],
      ['p1', 'serving', 0],
      ['d0', 'serving', 1],
      ['d1', 'serving', 0],
      ['c0', 'serving', 1],
    ]);
    const [moved, prompt] = await movedTokens(at(1, 30_000), [at(3, 8200)]);
    expect(moved).toBe(prompt);
    await removed(rig, file);
  });

  it('mixed servers on two hosts', async () => {
    const file = writeCluster(rig, {
      name: 'mixed',
      groups: `  mixed:
    group1: {hosts: H1, base_api_port: 8000}
    group2: {hosts: H2, base_api_port: 8000, tensor_parallel_size: 1}`,
      roles: `  mixed: {max_model_len: 4096, ${EXPERTS}}`,
    });
    expect(await served(rig, file)).toEqual([
      ['m0', 'serving', 1],
      ['m1', 'serving', 1],
    ]);
    await removed(rig, file);
  });
});
