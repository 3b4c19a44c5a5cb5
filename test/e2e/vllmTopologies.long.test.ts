import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';
import { movedTokens, removed, served, writeCluster } from './vllmCluster.ts';

const rig = new LabRig('vlong');
const EXPERTS = 'enable_expert_parallel: true';
const PROXY = '  proxy: {host: H1, listen_port: 30000, policy: round_robin}';
const ROLES = `  prefill: {max_model_len: 4096, ${EXPERTS}}\n  decode: {max_model_len: 4096, ${EXPERTS}}`;
const PREFILL = '  prefill:\n    group1: {hosts: H1, master_port: 13345, base_api_port: 8100}\n';
const wide = (more: string) =>
  `  decode:\n    group1: {hosts: "H2,H3", master_port: 13345, base_api_port: 8200, ${more}}\n${PROXY}`;

/** Name, groups, roles, the servers of each node, and where decode answers: host and port. */
const CASES: readonly (readonly [string, string, string, readonly number[], readonly (readonly [number, number])[]])[] =
  [
    [
      '1p1d',
      `${PREFILL}  decode:\n    group1: {hosts: H2, master_port: 13345, base_api_port: 8200}\n${PROXY}`,
      ROLES,
      [1, 1, 1],
      [[2, 8200]],
    ],
    [
      'hybrid',
      PREFILL + wide('data_parallel_lb: hybrid'),
      ROLES,
      [1, 1, 1, 1],
      [
        [2, 8200],
        [3, 8200],
      ],
    ],
    [
      'external',
      PREFILL + wide('data_parallel_lb: external'),
      ROLES,
      [1, 2, 2, 1],
      [
        [2, 8200],
        [2, 8201],
        [3, 8200],
        [3, 8201],
      ],
    ],
    ['uneven', PREFILL + wide('host H3: {devices: "0"}'), ROLES, [1, 1, 0, 1], [[2, 8200]]],
    [
      'several',
      `${PREFILL}  decode:
    group1: {hosts: H2, master_port: 13345, base_api_port: 8200}
    group2: {hosts: H3, master_port: 13345, base_api_port: 8200}
${PROXY}`,
      ROLES,
      [1, 1, 1, 1],
      [
        [2, 8200],
        [3, 8200],
      ],
    ],
    [
      'unequal',
      `${PREFILL}  decode:
    group1: {hosts: H2, master_port: 13345, base_api_port: 8200, tensor_parallel_size: 1}
${PROXY}`,
      ROLES.replaceAll('max_model_len', 'kv_connector: MooncakeConnector, max_model_len'),
      [1, 1, 1],
      [[2, 8200]],
    ],
    [
      'one-host',
      `  prefill:
    group1: {hosts: H1, master_port: 13345, base_api_port: 8100, devices: "0"}
  decode:
    group1: {hosts: H1, master_port: 13346, base_api_port: 8200, devices: "1"}
${PROXY}`,
      ROLES,
      [1, 1, 1],
      [[1, 8200]],
    ],
  ];

describe('more topologies of vLLM in the lab', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.upVllm(3, 2);
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  it.each(CASES)(
    '%s serves, and decode receives what prefill computed',
    async (name, groups, roles, servers, decode) => {
      const file = writeCluster(rig, { name, groups, roles });
      const nodes = await served(rig, file);
      expect(nodes.map(([, state]) => state)).toEqual(nodes.map(() => 'serving'));
      expect(nodes.map(([, , count]) => count)).toEqual(servers);
      const urls = decode.map(([host, port]) => `${rig.address(host)}:${port}`);
      for (const _ of decode) {
        const [moved, prompt] = await movedTokens(`${rig.address(1)}:30000`, urls);
        expect(moved).toBe(prompt);
      }
      await removed(rig, file);
    },
  );
});
