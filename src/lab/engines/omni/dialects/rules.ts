import { DEFAULT_DIALECT, type Imitated } from './dialect.ts';
import { extraConfigKeysOf } from './extraConfigKeys.ts';

/** What the simulated engine of a version reads and refuses, where versions differ. */
export interface EngineRules {
  /** How the loader of the global rank table checks its groups against the numbers of instances. */
  readonly groups: 'decode-lists' | 'group-ids';
  /** Ranks of prefill and decode are paired by kv_parallel_size, unless the model has MLA. */
  readonly pairsByKvParallelSize: boolean;
  readonly extraConfig: ExtraConfigRules | null;
  /** Where OmniPlacement is switched on. */
  readonly placement: 'extra-config' | 'additional-config';
}

/** How the file of the extra configuration is found and read. */
export interface ExtraConfigRules {
  readonly variable: 'MODEL_EXTRA_CFG_PATH' | 'BEST_PRATICE_MODEL_CONFIG_PATH';
  /** Keys of each section; another one ends the server. null: another one has no effect. */
  readonly parallelKeys: readonly string[] | null;
  readonly operatorKeys: readonly string[] | null;
}

const PARALLEL_KEYS = extraConfigKeysOf('v0.4').parallel;

const V04: EngineRules = {
  groups: 'group-ids',
  pairsByKvParallelSize: true,
  extraConfig: { variable: 'MODEL_EXTRA_CFG_PATH', parallelKeys: PARALLEL_KEYS, operatorKeys: null },
  placement: 'extra-config',
};

const RULES: Readonly<Record<Imitated, EngineRules>> = {
  'v0.3': {
    ...V04,
    groups: 'decode-lists',
    pairsByKvParallelSize: false,
    extraConfig: {
      variable: 'MODEL_EXTRA_CFG_PATH',
      parallelKeys: extraConfigKeysOf('v0.3').parallel,
      operatorKeys: extraConfigKeysOf('v0.3').operators,
    },
  },
  'v0.4': V04,
  'v0.5': V04,
  // its loader picks a file by model, hardware, precision and numbers of instances; it has none for the lab's model
  'v0.6': {
    groups: 'group-ids',
    pairsByKvParallelSize: true,
    extraConfig: null,
    placement: 'additional-config',
  },
  '2026-03': {
    groups: 'group-ids',
    pairsByKvParallelSize: true,
    extraConfig: { variable: 'BEST_PRATICE_MODEL_CONFIG_PATH', parallelKeys: null, operatorKeys: null },
    placement: 'additional-config',
  },
};

/** `name` is what the image's commands set: LAB_DIALECT. */
export function engineRules(name: string | undefined): EngineRules {
  return RULES[(name as Imitated | undefined) ?? DEFAULT_DIALECT];
}
