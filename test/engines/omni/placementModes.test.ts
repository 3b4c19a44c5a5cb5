import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import { readDeployment } from '../../../src/engines/readDeployment.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { freshFacts } from '../../fakes/facts.ts';

const MODES = [
  '{mode: off}',
  '{mode: base}',
  '{mode: base, dump: true}',
  '{mode: static, pattern_path: p.npy}',
  '{mode: static, pattern_path: p.npy, dump: true, dump_dir: /data/dump}',
  '{mode: rearrange}',
  '{mode: redundant}',
  '{mode: redundant, max_redundant_per_expert: 4, max_redundant_per_rank: 2}',
] as const;

/** What a file says, and what the engine is given for it: OmniPlacement's file and OmniInfer's JSON (v0.3), or an argument (v0.6). */
function configOf(mode: string, generation: string, role: 'prefill' | 'decode'): string {
  const text = `deployment:
  defaults: {agent: true, ascend_rt_visible_devices: "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"}
  prefill: {group1: {hosts: 10.0.0.1, master_port: 8000, base_api_port: 9000}}
  decode: {group1: {hosts: 10.0.0.2, master_port: 8100, base_api_port: 9100}}
  proxy: {host: 10.0.0.1, listen_port: 7000}
services:
  name: r1
  generation: ${generation}
  docker_image: repo/omniinfer:1
  model_path: /data/models/r1
  log_path: /data/log
  model: {moe_layers: 58, experts: 256}
  ${role}: {placement: ${mode}}
`;
  const { deployment, faults } = readDeployment(text, { file: 'c.yml', directory: '/work', home: '/home/me' });
  expect(faults).toEqual([]);
  const topology = topologyOf(deployment!);
  const inputs = { files: { '/srv/p.npy': { sha256: 'a', sizeBytes: 1 } }, bytes: {}, trees: {} };
  const { nodes } = omniEngine.desired(deployment!, topology, freshFacts(topology, 'i'), inputs);
  const textOf = (name: RegExp) => {
    const file = filesOf(nodes[role === 'prefill' ? 'p0' : 'd0']!).find(({ path }) => name.test(path));
    return file && 'text' in file.content ? file.content.text : null;
  };
  const yaml = textOf(/config_[pd]\.yaml$/);
  const extra = (JSON.parse(textOf(/test_config_.*\.json$/) ?? '{}').operator_optimizition_config ?? {}) as Record<
    string,
    unknown
  >;
  const keys = Object.keys(extra).filter((key) => key.includes('placement'));
  return [
    `######## ${role} ${generation} placement: ${mode}`,
    ...(yaml === null
      ? ['no OmniPlacement file']
      : [`---- ${role === 'prefill' ? 'config_p.yaml' : 'config_d.yaml'}`, yaml.trimEnd()]),
    ...keys.map((key) => `json ${key}: ${JSON.stringify(extra[key])}`),
    ...(/--additional-config (.*) \\/.exec(textOf(/run_.*\.sh$/)!)?.slice(1) ?? []).map(
      (json) => `--additional-config ${json}`,
    ),
  ].join('\n');
}

describe("OmniPlacement's modes", () => {
  it('become exactly these configurations, for each role and generation', async () => {
    const all = MODES.flatMap((mode) =>
      (['v0.3', 'v0.6'] as const).flatMap((generation) =>
        (['prefill', 'decode'] as const).map((role) => configOf(mode, generation, role)),
      ),
    );
    await expect(`${all.join('\n\n')}\n`).toMatchFileSnapshot('rendered/placement-modes.txt');
  });
});
