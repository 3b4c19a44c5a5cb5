import { existsSync } from 'node:fs';
import type { JsonObject } from '../../shared/json.ts';
import { logInfo, logWarning } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { ExtraConfigRules } from '../dialects/rules.ts';
import { readPythonText } from './pythonFiles.ts';

/** OmniInfer's extra configuration, as far as the lab's engine goes by it. */
export interface ExtraConfig {
  readonly redundancySharedExpertNum: number;
  /** Path of OmniPlacement's config.yaml; null: placement is off. */
  readonly placementConfigPath: string | null;
}

const NONE: ExtraConfig = { redundancySharedExpertNum: 0, placementConfigPath: null };
const OPERATOR_SECTION = 'operator_optimizition_config'; // sic
/** What later versions look for first. */
const OPERATOR_SECTION_OF_NOW = 'operator_optimization_config';

/** `rules` null: the version reads no file that a deployment names. */
export function loadExtraConfig(
  rules: ExtraConfigRules | null,
  env: NodeJS.ProcessEnv,
  role: 'prefill' | 'decode',
): ExtraConfig {
  if (rules === null) return NONE;
  const path = pathOf(rules, env, role);
  if (path === null) return NONE;
  const config = parse(path);
  const parallel = section(config, path, 'model_parallel_config');
  const hasNew = rules.variable === 'BEST_PRATICE_MODEL_CONFIG_PATH' && OPERATOR_SECTION_OF_NOW in config;
  const optimization = section(config, path, hasNew ? OPERATOR_SECTION_OF_NOW : OPERATOR_SECTION);
  checkKeys('ModelParallelConfig', parallel, rules.parallelKeys, path);
  checkKeys('ModelOperatorOptConfig', optimization, rules.operatorKeys, path);
  logInfo(`loaded ${path}`);
  return {
    redundancySharedExpertNum: Number(parallel.redundancy_shared_expert_num ?? 0),
    placementConfigPath: placementConfigPath(optimization),
  };
}

/** null: the defaults apply. */
function pathOf({ variable }: ExtraConfigRules, env: NodeJS.ProcessEnv, role: 'prefill' | 'decode'): string | null {
  const value = env[variable];
  if (variable === 'MODEL_EXTRA_CFG_PATH') {
    if (value && existsSync(value)) return value;
    logWarning(`MODEL_EXTRA_CFG_PATH '${value ?? ''}' does not exist, using default config`);
    return null;
  }
  if (!value) return null;
  const path = String(parseText(value, variable)[`${role}_config_file`]);
  if (existsSync(path)) return path;
  throw new Refusal('RuntimeError', `configuration file ${path} is required by ${variable}, but not found`);
}

function checkKeys(type: string, section: JsonObject, known: readonly string[] | null, path: string): void {
  const unknown = known === null ? undefined : Object.keys(section).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new Refusal(
    'RuntimeError',
    `Invalid config ${path}: ${type}.__init__() got an unexpected keyword argument '${unknown}'`,
  );
}

function placementConfigPath(optimization: JsonObject): string | null {
  if (optimization.use_omni_placement !== true) return null;
  const path = optimization.omni_placement_config_path;
  if (typeof path !== 'string' || path === '') {
    throw new Refusal('RuntimeError', 'omni_placement_config_path must be provided when use_omni_placement is True.');
  }
  return path;
}

function parse(path: string): JsonObject {
  return parseText(readPythonText(path), `config file ${path}`);
}

function parseText(text: string, what: string): JsonObject {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal('RuntimeError', `Invalid JSON format in ${what}: ${(cause as Error).message}`);
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
