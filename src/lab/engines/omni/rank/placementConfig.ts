import { existsSync } from 'node:fs';
import { parse } from 'yaml';
import type { JsonObject } from '../../shared/json.ts';
import { logError, logInfo } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';
import { readPythonText } from './pythonFiles.ts';

/** OmniPlacement's settings, after its own defaults. */
export interface PlacementConfig {
  readonly patternPath: string | null;
  readonly maxMoeLayerNum: number;
  readonly enableDynamic: boolean;
  readonly maxRedundantPerExpert: number | null;
  readonly maxRedundantPerRank: number;
  readonly enableRankRoundRobin: boolean;
  /** null: no dumps. */
  readonly dumpDir: string | null;
}

/** Settings of the package since v0.6. */
const PACKAGE: JsonObject = {
  pattern_path: null,
  max_moe_layer_num: 58,
  enable_dynamic: false,
  max_redundant_per_expert: 1,
  max_redundant_per_rank: 0,
  enable_rank_round_robin: true,
  enable_dump: false,
  dump_dir: '../dump_data',
};

/** v0.3: config.yaml. A missing or broken file only prints, and the empty config then lacks what is required. */
export function placementFromYaml(path: string): PlacementConfig {
  return settle(readYaml(path), null);
}

/** v0.6: inside --additional-config, over what the package comes with; null when it doesn't ask for placement. */
export function placementFromAdditional(config: JsonObject, numMoeLayers: number): PlacementConfig | null {
  if (config.enable_omni_placement !== true) return null;
  const settings = config.omni_placement_config;
  const given = typeof settings === 'object' && settings !== null ? (settings as JsonObject) : {};
  return settle({ ...PACKAGE, ...given }, numMoeLayers);
}

function readYaml(path: string): JsonObject {
  if (!existsSync(path)) {
    logError(`Config file not found: ${path}`);
    return {};
  }
  try {
    return (parse(readPythonText(path), { version: '1.1' }) as JsonObject | null) ?? {};
  } catch (cause) {
    logError(`Error parsing YAML file ${path}: ${(cause as Error).message}`);
    return {};
  }
}

function settle(settings: JsonObject, numMoeLayers: number | null): PlacementConfig {
  const maxMoeLayerNum = settings.max_moe_layer_num ?? numMoeLayers;
  if (maxMoeLayerNum === null) throw undefinedSetting('max_moe_layer_num');
  if ((settings.enable_rank_round_robin ?? null) === null) throw undefinedSetting('enable_rank_round_robin');
  const enableDynamic = truthy(settings.enable_dynamic ?? true);
  const dumpDir = settings.dump_dir;
  const config: PlacementConfig = {
    patternPath: typeof settings.pattern_path === 'string' ? settings.pattern_path : null,
    maxMoeLayerNum: Number(maxMoeLayerNum),
    enableDynamic,
    maxRedundantPerExpert: numberOrNull(settings.max_redundant_per_expert),
    maxRedundantPerRank: numberOrNull(settings.max_redundant_per_rank) ?? 0,
    enableRankRoundRobin: truthy(settings.enable_rank_round_robin),
    dumpDir: truthy(settings.enable_dump) && typeof dumpDir === 'string' && dumpDir !== '' ? dumpDir : null,
  };
  if (enableDynamic && config.maxRedundantPerExpert !== null && config.maxRedundantPerExpert < 1) {
    throw new Refusal('ValueError', `max_redundant_per_expert must be >= 1, got ${config.maxRedundantPerExpert}`);
  }
  logInfo(`OmniPlacement config: ${JSON.stringify(config)}`);
  return config;
}

// the real one prints this and calls exit(1)
function undefinedSetting(name: string): Refusal {
  logError(`${name} is not defined in the OmniPlacement config`);
  return new Refusal('SystemExit', '1');
}

// Python's truth of what YAML gives
function truthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
}

function numberOrNull(value: unknown): number | null {
  return value === undefined || value === null ? null : Number(value);
}
