import type { Deployment, JsonObject, ProxyEntry, RoleSettings } from '../../deployment/deployment.ts';

/** OmniInfer's own keys of `services`. */
export interface OmniSettings {
  /** Overrides where placement is set. v0.3: in the extra-config file; v0.6: inside --additional-config; null: as the code reads it. */
  readonly generation: 'v0.3' | 'v0.6' | null;
  /** The script that starts prefill and decode servers. */
  readonly launcher: 'pd_run' | 'api_servers';
  /** Absolute local folder that contains `omniinfer/`; null: the image's own code is used. */
  readonly codePath: string | null;
  /** Absolute local paths, globs already expanded and sorted (a glob without a match stays as it was written). */
  readonly wheels: readonly string[];
  /** Address of the host whose container builds wheels; null: the first. */
  readonly buildHost: string | null;
}

/** OmniInfer's own keys of a role. */
export interface OmniRoleSettings {
  /** On the hosts; null: the deployment's. */
  readonly modelPath: string | null;
  /** Dies of one server; null: see the layout. */
  readonly tp: number | null;
  /** Stages of one server. */
  readonly pp: number;
  /** Of each stage, separated by commas; null: even. */
  readonly ppLayerPartition: string | null;
  /** On each host; null: see the layout. */
  readonly numServers: number | null;
  /** As written, see mtpTokens. 0: no MTP. */
  readonly numSpeculativeTokens: number;
  readonly enforceEager: boolean;
  readonly enableExpertParallel: boolean;
  /** null: the engine's choice. */
  readonly enablePrefixCaching: boolean | null;
  readonly disableLogRequests: boolean;
  readonly blockSize: number;
  /** null: ray where a server has several hosts. */
  readonly distributedExecutorBackend: 'ray' | 'mp' | null;
  /** null: OmniInfer's. */
  readonly rayPort: number | null;
  readonly rayMinWorkerPort: number | null;
  readonly rayMaxWorkerPort: number | null;
  /** null: one of its own for each node of a host. */
  readonly zmqPort: number | null;
  /** Arguments of `vllm serve` that one key each carries, by the key. */
  readonly arguments: EngineArguments;
  /** Merged into `--kv-transfer-config`; a null leaves the key out. */
  readonly kvTransferConfig: JsonObject;
  /** Put before what the image's environment has. */
  readonly prependEnv: Readonly<Record<string, string>>;
  /** Bind processes to CPUs once they serve. */
  readonly procBind: boolean;
  /** Merged into the engine's extra-config JSON (MODEL_EXTRA_CFG_PATH). */
  readonly extraConfig: JsonObject;
  /** Merged into `--additional-config`. */
  readonly additionalConfig: JsonObject;
  readonly placement: PlacementSettings;
}

/** Key of the deployment file, and the argument of `vllm serve`. */
export const ARGUMENT_KEYS = {
  dtype: '--dtype',
  load_format: '--load-format',
  enable_chunked_prefill: '--enable-chunked-prefill',
  speculative_config: '--speculative-config',
  reasoning_parser: '--reasoning-parser',
  reasoning_config: '--reasoning-config',
  enable_auto_tool_choice: '--enable-auto-tool-choice',
  tool_call_parser: '--tool-call-parser',
  tool_parser_plugin: '--tool-parser-plugin',
  chat_template: '--chat-template',
  kv_events_config: '--kv-events-config',
} as const;

export type ArgumentKey = keyof typeof ARGUMENT_KEYS;

/** null, and a map without keys: the argument isn't given. */
export type EngineArguments = Readonly<Record<ArgumentKey, string | boolean | JsonObject | null>>;

export interface PlacementSettings {
  readonly enabled: boolean;
  /** Absolute local path of a pattern to push, or null: the engine builds the base placement. */
  readonly patternPath: string | null;
  /** Of a pattern that the container has itself, as written. */
  readonly imagePatternPath: string | null;
  /** null: as many as the model has. */
  readonly maxMoeLayerNum: number | null;
  readonly enableDynamic: boolean;
  readonly maxRedundantPerExpert: number;
  readonly maxRedundantPerRank: number;
  readonly enableRankRoundRobin: boolean;
  readonly enableDump: boolean;
  /** On the hosts. */
  readonly dumpDir: string | null;
}

/** OmniInfer's own keys of the proxy. */
export interface OmniProxySettings {
  readonly prefillLbSdk: string;
  readonly decodeLbSdk: string;
  readonly coreNum: number;
  readonly startCoreIndex: number;
  readonly logLevel: string;
  /** On the host; null: below the log path. */
  readonly accessLogFile: string | null;
  readonly streamOps: 'off' | 'add' | 'set_opt';
  /** false: global_proxy.sh. */
  readonly useOmniProxy: boolean;
  readonly omniProxy: OmniProxyOptions;
}

/** Options of omni_proxy.sh that global_proxy.sh has not, by their keys; null: what follows from the rest of the file. */
export type OmniProxyOptions = Readonly<Record<OmniProxyKey, string | number | boolean | null>>;

/** In the order of the script's own help. Each is an option of the script: `--omni-proxy-pd-policy`. */
export const OMNI_PROXY_KEYS = [
  'nginx_conf_file',
  'omni_proxy_pd_policy',
  'omni_proxy_model_path',
  'omni_proxy_max_batch_num_token',
  'omni_proxy_max_tokens_weight',
  'omni_proxy_schedule_algo',
  'omni_proxy_prefill_max_num_seqs',
  'omni_proxy_decode_max_num_seqs',
  'omni_proxy_prefill_starvation_timeout',
  'prefill_pod_size',
  'decode_pod_size',
  'omni_proxy_prefill_groups',
  'omni_proxy_decode_groups',
  'no_reuseport',
  'keepalive_nginx',
] as const;

export type OmniProxyKey = (typeof OMNI_PROXY_KEYS)[number];

// what omniSettingsParser made: the form of `engineSettings` is used in these two files only

export function omniSettings({ engineSettings }: Pick<Deployment, 'engineSettings'>): OmniSettings {
  return engineSettings as OmniSettings;
}

export function omniRoleSettings({ engineSettings }: Pick<RoleSettings, 'engineSettings'>): OmniRoleSettings {
  return engineSettings as OmniRoleSettings;
}

export function omniProxySettings({ engineSettings }: Pick<ProxyEntry, 'engineSettings'>): OmniProxySettings {
  return engineSettings as OmniProxySettings;
}
