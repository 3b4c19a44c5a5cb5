import type { JsonObject } from '../../../deployment/deployment.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { Instance, ServerNode } from '../../../topology/topology.ts';
import type { HostDialect } from '../dialect/hostDialects.ts';
import { placementConfigPath } from '../hostPaths.ts';
import { omniRoleSettings } from '../settings.ts';
import { mergeJson } from './mergeJson.ts';

// the values of OmniInfer's test_config_prefill.json and test_config_decode.json
const BOTH = {
  enable_kv_rmsnorm_rope_cache: true,
  prefill_moe_all_to_all: true,
  best_ep: false,
  merge_qkv: false,
  gmm_nz: true,
  unquant_bmm_nz: true,
  decode_moe_dispatch_combine: true,
  control_accept_rate: -1,
} as const;

const PREFILL = { ...BOTH, enable_prefill_micro_batch: false } as const;

const DECODE = {
  ...BOTH,
  moe_multi_stream_tune: true,
  use_super_kernel: false,
  use_mlaprolog: false,
  opt_w2_scale_cast: true,
  use_prefetch: true,
  expert_gate_up_prefetch: 50,
  expert_down_prefetch: 0,
  attn_prefetch: 96,
} as const;

/**
 * The engine's extra configuration (MODEL_EXTRA_CFG_PATH): OmniInfer's sample values for the role, sizes from the
 * topology, the user's `extra_config` on top. v0.6 takes placement from --additional-config instead.
 */
export function extraConfig(node: ServerNode, instance: Instance, paths: NodePaths, dialect: HostDialect): JsonObject {
  if (node.role === 'mixed') return omniRoleSettings(node.settings).extraConfig;
  const isPrefill = node.role === 'prefill';
  const placed = dialect.placementFrom === 'extra-config' ? placementKeys(node, paths) : {};
  const base: JsonObject = {
    model_parallel_config: {
      dense_mlp_tp_size: denseMlpSize(instance.numRanks),
      o_proj_tp_size: 1,
      dp_size: node.dataParallelSize,
    },
    operator_optimizition_config: { ...(isPrefill ? PREFILL : DECODE), ...placed },
  };
  return mergeJson(base, omniRoleSettings(node.settings).extraConfig);
}

/** A mixed server gets only what the user wrote: OmniInfer's samples are for servers apart. */
export function hasExtraConfig({ role, settings }: ServerNode): boolean {
  return role !== 'mixed' || Object.keys(omniRoleSettings(settings).extraConfig).length > 0;
}

/** --additional-config; null: none is given. */
export function additionalConfig(
  node: ServerNode,
  dialect: HostDialect,
  placement: JsonObject | null,
): JsonObject | null {
  const graph: JsonObject = node.role === 'decode' ? { graph_model_compile_config: { level: 1 } } : {};
  const placed: JsonObject =
    dialect.placementFrom === 'extra-config'
      ? {}
      : placement === null
        ? { enable_omni_placement: false }
        : { enable_omni_placement: true, omni_placement_config: placement };
  const merged = mergeJson({ ...graph, ...placed }, omniRoleSettings(node.settings).additionalConfig);
  return Object.keys(merged).length === 0 ? null : merged;
}

function placementKeys(node: ServerNode, paths: NodePaths): JsonObject {
  return omniRoleSettings(node.settings).placement.enabled
    ? { use_omni_placement: true, omni_placement_config_path: placementConfigPath(node, paths) }
    : { use_omni_placement: false };
}

/** 4 as in OmniInfer's samples, less where the ranks can't be divided so. */
function denseMlpSize(numRanks: number): number {
  return [4, 2].find((size) => numRanks % size === 0) ?? 1;
}
