import { existsSync } from 'node:fs';
import { logInfo, logWarning } from '../log.ts';
import { Refusal } from '../refusal.ts';
import type { JsonObject } from './arguments.ts';
import { readText } from './pythonFiles.ts';

/** OmniInfer's JSON named by MODEL_EXTRA_CFG_PATH (v0.3 form). */
export interface ExtraConfig {
  readonly redundancySharedExpertNum: number;
  /** Path of OmniPlacement's config.yaml; null: placement is off. */
  readonly placementConfigPath: string | null;
}

const PARALLEL_KEYS = ['dense_mlp_tp_size', 'o_proj_tp_size', 'dp_size', 'redundancy_shared_expert_num'];

export function loadExtraConfig(path: string | undefined): ExtraConfig {
  if (!path || !existsSync(path)) {
    logWarning(`MODEL_EXTRA_CFG_PATH '${path ?? ''}' does not exist, using default config`);
    return { redundancySharedExpertNum: 0, placementConfigPath: null };
  }
  const config = parse(path);
  const parallel = section(config, path, 'model_parallel_config');
  const optimization = section(config, path, 'operator_optimizition_config'); // sic
  for (const key of Object.keys(parallel)) {
    if (!PARALLEL_KEYS.includes(key)) {
      throw new Refusal(
        'RuntimeError',
        `Invalid config ${path}: ModelParallelConfig.__init__() got an unexpected keyword argument '${key}'`,
      );
    }
  }
  logInfo(`loaded ${path}`);
  return {
    redundancySharedExpertNum: Number(parallel.redundancy_shared_expert_num ?? 0),
    placementConfigPath: placementConfigPath(optimization),
  };
}

// unknown keys of this section are dropped without a word, as in OmniInfer
function placementConfigPath(optimization: JsonObject): string | null {
  if (optimization.use_omni_placement !== true) return null;
  const path = optimization.omni_placement_config_path;
  if (typeof path !== 'string' || path === '') {
    throw new Refusal('RuntimeError', 'omni_placement_config_path must be provided when use_omni_placement is True.');
  }
  return path;
}

function parse(path: string): JsonObject {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal('RuntimeError', `Invalid JSON format in config file ${path}: ${(cause as Error).message}`);
  }
}

function section(config: JsonObject, path: string, name: string): JsonObject {
  const value = config?.[name];
  if (value === undefined) throw new Refusal('RuntimeError', `Missing section '${name}' in config file ${path}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('RuntimeError', `Section '${name}' in config file ${path} must be an object`);
  }
  return value as JsonObject;
}
