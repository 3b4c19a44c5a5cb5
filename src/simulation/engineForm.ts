import type { Policy } from './policies.ts';

const POLICY_TYPES: Readonly<Record<string, number>> = { 'ascend-default': 1, 'ascend-swift': 2 };

/** A policy's settings as its engine takes them. */
export interface EngineForm {
  /** where it goes */
  readonly where: string;
  readonly text: string;
}

export function engineForm({ name, settings }: Policy): EngineForm | null {
  if (name.startsWith('vllm')) {
    const config = {
      window_size: settings.window,
      step_interval: settings.interval,
      num_redundant_experts: settings.redundant,
      use_async: settings.async,
    };
    return { where: 'flags of vllm serve', text: `--enable-eplb --eplb-config '${JSON.stringify(config)}'` };
  }
  if (name.startsWith('ascend')) {
    const config = {
      dynamic_eplb: true,
      expert_heat_collection_interval: settings.heat,
      algorithm_execution_interval: settings.algorithm,
      num_redundant_experts: settings.redundant,
      eplb_policy_type: POLICY_TYPES[name] ?? 3,
      eplb_heat_collection_stage: settings.stage,
    };
    return {
      where: 'flags of vllm serve, with DYNAMIC_EPLB=true in the environment',
      text: `--additional-config '${JSON.stringify({ eplb_config: config })}'`,
    };
  }
  if (name === 'omni') {
    const lines = [
      'pattern_path: null',
      'enable_dynamic: True',
      `max_redundant_per_expert: ${settings.perRank === 0 ? 1 : settings.perExpert}`,
      `max_redundant_per_rank: ${settings.perRank}`,
      `enable_rank_round_robin: ${settings.roundRobin ? 'True' : 'False'}`,
    ];
    return { where: "OmniPlacement's config.yaml", text: lines.join('\n') };
  }
  return null;
}
