import type { JsonObject } from '../../../deployment/deployment.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { Instance, ServerNode } from '../../../topology/topology.ts';
import { mergeJson, withoutNulls } from '../../mergeJson.ts';
import type { ConfigKeys } from '../dialect/dialect.ts';
import type { HostDialect } from '../dialect/hostDialects.ts';
import { placementConfigPath } from '../hostPaths.ts';
import { omniRoleSettings } from '../settings.ts';

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

/** In loaders that end at a key they do not know: the names of v0.3 and before. */
const EARLY = { prefill_dispatch_combine: true, enable_node_mlp: true, enable_pd_separated: true } as const;

/**
 * The engine's extra configuration: OmniInfer's sample values for the role, sizes from the topology, the user's `extra_config`
 * on top. null: this server has none.
 */
export function extraConfig(
  node: ServerNode,
  instance: Instance,
  paths: NodePaths,
  dialect: HostDialect,
): JsonObject | null {
  if (!hasExtraConfig(node, dialect)) return null;
  if (node.role === 'mixed') return omniRoleSettings(node.settings).extraConfig;
  // it replaces what OmniInfer chooses by itself for model, devices and instances; both sections have to be there
  if (!takesSamples(dialect))
    return mergeJson(
      { model_parallel_config: {}, operator_optimizition_config: {} },
      omniRoleSettings(node.settings).extraConfig,
    );
  const isPrefill = node.role === 'prefill';
  const placed = dialect.placementFrom === 'extra-config' ? placementKeys(node, paths) : {};
  const base: JsonObject = {
    model_parallel_config: knownOf(
      {
        dense_mlp_tp_size: denseMlpSize(instance.numRanks),
        o_proj_tp_size: 1,
        dp_size: node.dataParallelSize,
      },
      dialect.extraConfigKeys?.parallel,
    ),
    operator_optimizition_config: knownOf(
      { ...(isPrefill ? PREFILL : DECODE), ...early(isPrefill, dialect), ...placed },
      dialect.extraConfigKeys?.operators,
    ),
  };
  return mergeJson(base, omniRoleSettings(node.settings).extraConfig);
}

function early(isPrefill: boolean, { extraConfigKeys }: HostDialect): JsonObject {
  return extraConfigKeys?.operators.unknown === 'ends' ? { ...EARLY, moe_dispatch_combine: !isPrefill } : {};
}

/** The engine would end at any other. */
function knownOf(values: JsonObject, keys: ConfigKeys | undefined): JsonObject {
  if (keys?.unknown !== 'ends') return values;
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.known.includes(key)));
}

/** A server gets the file if pd_run.sh asks for it, else if the user wrote something and the engine reads it. */
function hasExtraConfig({ role, settings }: ServerNode, dialect: HostDialect): boolean {
  // OmniInfer's samples are for servers apart
  if (role !== 'mixed' && takesSamples(dialect)) return true;
  return Object.keys(omniRoleSettings(settings).extraConfig).length > 0 && dialect.extraConfigVariable !== null;
}

function takesSamples({ flags, placementFrom }: HostDialect): boolean {
  return placementFrom === 'extra-config' || flags['pd_run.sh']?.includes('--model-extra-cfg-path') === true;
}

/** The variable by which the engine finds the file, if it reads one. */
export function extraConfigEnv(
  path: string,
  { extraConfigVariable: name }: Pick<HostDialect, 'extraConfigVariable'>,
): Record<string, string> {
  if (name === null) return {};
  // newer loaders take one file for each role
  const value =
    name === 'MODEL_EXTRA_CFG_PATH' ? path : JSON.stringify({ prefill_config_file: path, decode_config_file: path });
  return { [name]: value };
}

/** --additional-config; null: none is given. */
export function additionalConfig(
  node: ServerNode,
  dialect: HostDialect,
  placement: JsonObject | null,
): JsonObject | null {
  const { enforceEager, additionalConfig: written } = omniRoleSettings(node.settings);
  const hasGraph = node.role === 'decode' && !enforceEager;
  const graph: JsonObject = hasGraph ? { graph_model_compile_config: { level: 1 } } : {};
  // without the switch it is off
  const placed: JsonObject =
    dialect.placementFrom === 'extra-config' || placement === null
      ? {}
      : { enable_omni_placement: true, omni_placement_config: placement };
  const merged = withoutNulls(mergeJson({ ...graph, ...placed }, written));
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
