import type { LabDialect } from './dialect.ts';
import { extraConfigKeysOf } from './extraConfigKeys.ts';

/** What the simulated engine of a version reads and refuses, where versions differ. */
export interface EngineRules {
  /** Servers and ray need the environment that OmniInfer's images keep in ~/.bashrc. */
  readonly needsCann: boolean;
  /** An instance over several hosts needs `--distributed-executor-backend ray`, and a second `ray start` on a host fails. */
  readonly strictRay: boolean;
  /** How the loader of the global rank table checks its groups against the numbers of instances. */
  readonly groups: 'unchecked' | 'decode-lists' | 'group-ids';
  /** Ranks of prefill and decode are paired by kv_parallel_size, unless the model has MLA. */
  readonly pairsByKvParallelSize: boolean;
  readonly extraConfig: ExtraConfigRules | null;
  /** Where OmniPlacement is switched on. */
  readonly placement: 'either' | 'extra-config' | 'additional-config';
  /** Dumps come from the rank that holds the first routed experts, after those of redundant shared experts. */
  readonly dumpsFromFirstRouted: boolean;
}

/** How the file of the extra configuration is found and read. */
export interface ExtraConfigRules {
  readonly variable: 'MODEL_EXTRA_CFG_PATH' | 'BEST_PRATICE_MODEL_CONFIG_PATH';
  /** Keys of each section; another one ends the server. null: another one has no effect. */
  readonly parallelKeys: readonly string[] | null;
  readonly operatorKeys: readonly string[] | null;
}

const PARALLEL_KEYS = extraConfigKeysOf('v0.4').parallel;

const LENIENT: EngineRules = {
  needsCann: false,
  strictRay: false,
  groups: 'unchecked',
  pairsByKvParallelSize: false,
  extraConfig: { variable: 'MODEL_EXTRA_CFG_PATH', parallelKeys: PARALLEL_KEYS, operatorKeys: null },
  placement: 'either',
  dumpsFromFirstRouted: false,
};

const STRICT = { needsCann: true, strictRay: true, dumpsFromFirstRouted: true } as const;

const V04: EngineRules = {
  ...STRICT,
  groups: 'group-ids',
  pairsByKvParallelSize: true,
  extraConfig: { variable: 'MODEL_EXTRA_CFG_PATH', parallelKeys: PARALLEL_KEYS, operatorKeys: null },
  placement: 'extra-config',
};

const RULES: Readonly<Record<LabDialect, EngineRules>> = {
  lenient: LENIENT,
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
    ...STRICT,
    groups: 'group-ids',
    pairsByKvParallelSize: true,
    extraConfig: null,
    placement: 'additional-config',
  },
  '2026-03': {
    ...STRICT,
    groups: 'group-ids',
    pairsByKvParallelSize: true,
    extraConfig: { variable: 'BEST_PRATICE_MODEL_CONFIG_PATH', parallelKeys: null, operatorKeys: null },
    placement: 'additional-config',
  },
};

/** `name` is what the image's commands set: LAB_DIALECT. */
export function engineRules(name: string | undefined): EngineRules {
  return RULES[name as LabDialect] ?? LENIENT;
}
