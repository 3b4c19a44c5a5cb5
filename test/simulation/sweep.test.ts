import { describe, expect, it } from 'vitest';
import { DEFAULT_COST_MODEL } from '../../src/moves/costModel.ts';
import { engineForm } from '../../src/simulation/engineForm.ts';
import { generatedTrace } from '../../src/simulation/generators.ts';
import { parsePolicy } from '../../src/simulation/policies.ts';
import { meanAndMargin, sweep } from '../../src/simulation/sweep.ts';

const SHAPE = { layers: 2, experts: 32, ranks: 8, ranksPerHost: 4 };

describe('a sweep', () => {
  const traces = (name: string, skew: number) =>
    [1, 2, 3].map(
      (seed) => () =>
        generatedTrace(name, { ...SHAPE, steps: 900, tokens: 4096, period: 300, skew, noise: true, seed }),
    );
  const options = { shape: SHAPE, cost: DEFAULT_COST_MODEL, phase: 'decode' } as const;

  it('finds settings at least as good as the engine’s own, seed by seed', () => {
    const [vllm] = sweep(['vllm'], traces('drift', 1), options);
    expect(vllm!.best.speeds).toHaveLength(3);
    expect(vllm!.best.mean).toBeGreaterThanOrEqual(vllm!.standard.mean);
    expect(vllm!.standard.policy.settings.interval).toBe(3000);
    expect(vllm!.best.policy.settings.interval).toBeLessThan(3000);
    expect(vllm!.asGood).not.toContain(vllm!.best);
  });

  it('does not recommend what is not better than nothing beyond doubt', () => {
    const [omni] = sweep(['omni'], traces('steady', 0.02), options);
    expect(omni!.pays).toBe(false);
  });
});

describe('doubt', () => {
  it('is half the 95 % interval of the mean by Student’s t', () => {
    const { mean, margin } = meanAndMargin([1, 2, 3]);
    expect(mean).toBe(2);
    expect(margin).toBeCloseTo(4.303 / Math.sqrt(3), 9);
    expect(meanAndMargin([1]).margin).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('settings in the form the engine takes', () => {
  const form = (text: string) => engineForm(parsePolicy(text, SHAPE));

  it('are --eplb-config, eplb_config and config.yaml', () => {
    expect(form('vllm:window=10,interval=20,redundant=8')!.text).toBe(
      `--enable-eplb --eplb-config '{"window_size":10,"step_interval":20,"num_redundant_experts":8,"use_async":true}'`,
    );
    expect(form('ascend-flashlb:redundant=8')!.text).toBe(
      `--additional-config '{"eplb_config":{"dynamic_eplb":true,"expert_heat_collection_interval":600,` +
        `"algorithm_execution_interval":50,"num_redundant_experts":8,"eplb_policy_type":3,"eplb_heat_collection_stage":"all"}}'`,
    );
    expect(form('omni:perRank=0')!.text).toBe(
      'pattern_path: null\nenable_dynamic: True\nmax_redundant_per_expert: 1\nmax_redundant_per_rank: 0\nenable_rank_round_robin: True',
    );
    expect(form('none')).toBeNull();
  });
});
