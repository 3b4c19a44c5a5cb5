import type { Json, JsonObject } from '../deployment/deployment.ts';
import { typesOf } from '../deployment/schema.ts';
import { commandConnector } from './commandConnector.ts';
import { engineArguments, importedConfig, type Leave, type StartedRole } from './engineArguments.ts';
import { isOfLayout, type Literal } from './layoutArguments.ts';
import { omniKey } from './omniKey.ts';
import { UNKNOWN } from './shellExpansion.ts';

/** What one command gives to the servers of a role. */
export interface CommandSettings {
  readonly settings: JsonObject;
  readonly servedModelName: string | null;
  readonly launcher: 'pd_run' | 'api_servers';
  /** --additional-config says whether experts are placed. */
  readonly placed: boolean;
  /** A file of the image is the engine's extra configuration. */
  readonly hasExtraConfig: boolean;
  /** Of `--kv-connector`; null: not given, or known only when it runs. */
  readonly connector: string | null;
  /** Uses what pd_run.sh of release v0.6 does not have. */
  readonly isNewer: boolean;
  /** Arguments of the layout that the command writes out, to be compared with the inventory. */
  readonly literals: readonly Literal[];
}

interface Given {
  readonly args: readonly string[];
  readonly exported: Readonly<Record<string, string>>;
}

/** Of pd_run.sh after release v0.6; 0 speculative tokens too. */
const NEWER = new Set(['--ray-port', '--ray-min-worker-port', '--ray-max-worker-port', '--pp-layer-partition']);

/** Interfaces of a server; omniplace takes that of its host's address. */
const INTERFACES: Readonly<Record<string, string>> = {
  '--gloo-socket-ifname': 'GLOO_SOCKET_IFNAME',
  '--tp-socket-ifname': 'TP_SOCKET_IFNAME',
};

/** pd_run.sh exports these from its arguments; omniplace's own values next to them. */
const TUNING: Readonly<Record<string, Readonly<Record<StartedRole, readonly [variable: string, ours: string]>>>> = {
  '--hccl-buffsize': { prefill: ['HCCL_BUFFSIZE', '500'], decode: ['HCCL_BUFFSIZE', '1000'] },
  '--hccl-op-expansion-mode': { prefill: ['HCCL_OP_EXPANSION_MODE', 'AIV'], decode: ['HCCL_OP_EXPANSION_MODE', 'AIV'] },
  '--vllm-enable-mc2': { prefill: ['VLLM_ENABLE_MC2', '1'], decode: ['VLLM_ENABLE_MC2', '1'] },
};

/** Variables that omniplace sets to the same, or from hosts, dies and ports. */
const SAME: Readonly<Record<string, string>> = {
  ASCEND_GLOBAL_LOG_LEVEL: '3',
  PYTORCH_NPU_ALLOC_CONF: 'expandable_segments:True',
  PYTHONHASHSEED: '123',
};
export const FOLLOWING = new Set(
  [
    'ROLE RANK_TABLE_FILE_PATH GLOBAL_RANK_TABLE_FILE_PATH LOCAL_DECODE_SERVER_IP_LIST GLOBAL_DECODE_SERVER_IP_LIST PREFILL_POD_NUM',
    'DECODE_POD_NUM GLOO_SOCKET_IFNAME TP_SOCKET_IFNAME ASCEND_RT_VISIBLE_DEVICES VLLM_LLMDATADIST_ZMQ_PORT LOG_PATH NNODES NODE_RANK',
    'GPU_UTIL EXTRA_ARGS ADDITIONAL_CONFIG MODEL_PATH MASTER_IP MASTER_PORT BASE_API_PORT TP MAX_MODEL_LEN SERVED_MODEL_NAME KV_CONNECTOR',
    'NODE_IP_LIST MASTER_NODE_IP RAY_EXPERIMENTAL_NOSET_ASCEND_RT_VISIBLE_DEVICES RAY_CGRAPH_get_timeout HOST_IP',
  ].flatMap((line) => line.split(' ')),
);

/** pd_run.sh of every recorded version sets these whatever it inherits; an argument is what changes them. */
const OF_PD_RUN = new Set(
  [
    'AUTO_USE_UC_MEMORY HCCL_BUFFSIZE HCCL_CONNECT_TIMEOUT HCCL_EXEC_TIMEOUT HCCL_INTRA_PCIE_ENABLE HCCL_INTRA_ROCE_ENABLE',
    'HCCL_OP_EXPANSION_MODE OMNI_USE_DSV3 TNG_HOST_COPY USING_LCCL_COM VLLM_ENABLE_MC2 VLLM_LOGGING_LEVEL VLLM_USE_V1',
    'VLLM_WORKER_MULTIPROC_METHOD',
  ].flatMap((line) => line.split(' ')),
);

/** start_api_servers.py has one more token of multi-token prediction with it, or --num-speculative-tokens; without it none. */
const MTP = '--enable-mtp';
/** Arguments whose value is that of a key, with what omniplace gives unless it is set. */
const NUMBERS: Readonly<Record<string, readonly [key: string, ours: number]>> = {
  '--num-speculative-tokens': ['num_speculative_tokens', 1],
  '--block-size': ['block_size', 128],
  '--pp': ['pp', 1],
  '--vllm-llmdatadist-zmq-port': ['vllm_llmdatadist_zmq_port', Number.NaN],
  '--ray-port': ['ray_port', 6379],
  '--ray-min-worker-port': ['ray_min_worker_port', 10_002],
  '--ray-max-worker-port': ['ray_max_worker_port', 19_999],
};
const SAMPLES = /^\/workspace\/omniinfer\/tests\/test_config\/test_config_(prefill|decode)\.json$/;
/** Unless they are written out, they follow from the inventory. */
const FROM_HOSTS = new Set(['--tp', '--vllm-llmdatadist-zmq-port']);
const ONLY_WHEN_RUN = 'known only when it runs';

/** Switches of vLLM with the key that sets each, and what omniplace does unless it is set. */
const SWITCHES = [
  ['enforce_eager', ['--enforce-eager'], { prefill: true, decode: false }],
  ['enable_expert_parallel', ['--enable-expert-parallel'], { prefill: true, decode: true }],
  ['disable_log_requests', ['--disable-log-requests'], { prefill: true, decode: true }],
] as const;

export function commandSettings(script: string, role: StartedRole, given: Given, leave: Leave): CommandSettings {
  const launcher = script === 'pd_run.sh' ? 'pd_run' : 'api_servers';
  const reader = new CommandReader(role, leave);
  const handedOn: string[] = [];
  for (const [name, value] of pairsOf(given.args)) {
    if (
      launcher === 'api_servers' &&
      name !== MTP &&
      /^--(no-enable-|enable-|reasoning|tool-|chat-template|dtype|load-format)/.test(name)
    ) {
      handedOn.push(name, ...(value === '' ? [] : [value]));
    } else if (name === '--extra-args') reader.engine([value, ...handedOn].join(' '));
    else reader.argument(name, value);
  }
  if (!given.args.includes('--extra-args')) reader.engine(handedOn.join(' '));
  if (launcher === 'api_servers' && !given.args.includes(MTP)) reader.withoutMtp();
  reader.environment(given.exported, launcher);
  return { ...reader.result(), launcher };
}

class CommandReader {
  readonly #settings: Record<string, Json> = {};
  readonly #env: Record<string, string> = {};
  readonly #found = { omni: false };
  readonly #literals: Literal[] = [];
  #connector: string | null = null;
  #isNewer = false;
  #servedModelName: string | null = null;
  #hasExtraConfig = false;

  constructor(
    private readonly role: StartedRole,
    private readonly leave: Leave,
  ) {}

  argument(name: string, value: string): void {
    const { role } = this;
    if (value === '') return;
    if (NEWER.has(name) || (name === '--num-speculative-tokens' && value === '0')) this.#isNewer = true;
    if (isOfLayout(name)) {
      if (!value.includes(UNKNOWN)) this.#literals.push({ name, value });
    } else if (name in INTERFACES) {
      if (!value.includes(UNKNOWN)) this.#env[INTERFACES[name]!] = value;
    } else if (name === '--kv-transfer-config')
      Object.assign(this.#settings, commandConnector(value, role, this.leave));
    else if (value.includes(UNKNOWN)) {
      if (!FROM_HOSTS.has(name) && !(name in TUNING)) this.leave(name, shown(value), ONLY_WHEN_RUN);
    } else if (name === '--gpu-util') this.#settings.gpu_util = Number(value);
    else if (name === '--tp') this.#tensorParallel(value);
    else if (name === '--max-model-len') this.#settings.max_model_len = Number(value);
    else if (name === '--model-path') this.#settings.model_path = value;
    else if (name === '--served-model-name') this.#servedModelName = value;
    else if (name === '--additional-config')
      Object.assign(this.#settings, importedConfig(value, role, this.#found, this.leave));
    else if (name === '--kv-connector') this.#connect(value);
    else if (name === '--model-extra-cfg-path') this.#extraConfig(value);
    else if (name in NUMBERS) {
      const [key, ours] = NUMBERS[name]!;
      this.#keyOrLeave(key, Number(value), name, value, ours);
    } else if (name === '--pp-layer-partition') this.#keyOrLeave('pp_layer_partition', value, name, value, 'null');
    else if (name in TUNING) {
      const [variable, ours] = TUNING[name]![role];
      if (value !== ours) this.#env[variable] = value;
    } else this.leave(name, value, 'omniplace gives no such argument');
  }

  withoutMtp(): void {
    this.#keyOrLeave('num_speculative_tokens', 0, MTP, 'not given', 1);
  }

  /** Arguments of vLLM. */
  engine(text: string): void {
    const words = text.trim().split(/\s+/);
    const known = withoutUnknown(words, (name, value) => this.leave(name, value, ONLY_WHEN_RUN));
    Object.assign(
      this.#settings,
      engineArguments(known.filter((word) => word !== '--enable-prefix-caching').join(' ')),
    );
    const extra = this.#settings.extra_args as string[] | undefined;
    if (extra !== undefined) this.#settings.extra_args = withoutBackend(extra);
    if (Array.isArray(this.#settings.extra_args) && this.#settings.extra_args.length === 0)
      delete this.#settings.extra_args;
    for (const [key, [flag], ours] of SWITCHES) {
      const value = known.includes(flag);
      if (value !== ours[this.role]) this.#keyOrLeave(key, value, flag, String(value), ours[this.role]);
    }
    const caching = known.includes('--enable-prefix-caching')
      ? true
      : known.includes('--no-enable-prefix-caching')
        ? false
        : null;
    if (caching !== false)
      this.#keyOrLeave('enable_prefix_caching', caching, '--enable-prefix-caching', String(caching), false);
    const isOpen = typesOf(omniKey(['services', this.role], 'max_num_seqs')).includes('null');
    if (this.#settings.max_num_seqs === undefined && isOpen) this.#settings.max_num_seqs = null;
  }

  environment(exported: Readonly<Record<string, string>>, launcher: 'pd_run' | 'api_servers'): void {
    for (const [name, value] of Object.entries(exported)) {
      if (FOLLOWING.has(name) || SAME[name] === value) continue;
      if (value.includes(UNKNOWN)) this.leave(`export ${name}`, shown(value), ONLY_WHEN_RUN);
      else if (launcher === 'pd_run' && OF_PD_RUN.has(name))
        this.leave(`export ${name}`, value, 'pd_run.sh sets it itself, so it had no effect');
      else this.#env[name] = value;
    }
  }

  result(): Omit<CommandSettings, 'launcher'> {
    const env = Object.keys(this.#env).length === 0 ? {} : { env: this.#env };
    const isOff = !this.#found.omni && !this.#hasExtraConfig;
    return {
      settings: { ...this.#settings, ...(isOff ? { placement: { enabled: false } } : {}), ...env },
      servedModelName: this.#servedModelName,
      placed: this.#found.omni,
      hasExtraConfig: this.#hasExtraConfig,
      connector: this.#connector,
      isNewer: this.#isNewer,
      literals: this.#literals,
    };
  }

  #tensorParallel(value: string): void {
    // of prefill it is compared with the dies of the inventory
    this.#keyOrLeave('tp', Number(value), '--tp', value, this.role === 'decode' ? 1 : null);
  }

  /** A whole configuration counts more. */
  #connect(connector: string): void {
    this.#connector = connector;
    if (connector === 'AscendHcclConnectorV1') return;
    this.#settings.kv_transfer_config ??= { kv_connector: connector };
    // release v0.6 takes the name, but no --kv-transfer-config
    this.#isNewer = true;
  }

  #extraConfig(path: string): void {
    this.#hasExtraConfig = true;
    if (!SAMPLES.test(path))
      this.leave(
        '--model-extra-cfg-path',
        path,
        `a file of the image: set its values in services.${this.role}.extra_config`,
      );
  }

  #keyOrLeave(key: string, value: Json, flag: string, written: string, ours: Json): void {
    if (value === ours) return;
    if (omniKey(['services', this.role], key) === undefined)
      this.leave(flag, written, `omniplace has no key for it, and gives ${JSON.stringify(ours)}`);
    else this.#settings[key] = value;
  }
}

/** `--name value` pairs, to where the output is redirected. */
function pairsOf(words: readonly string[]): (readonly [name: string, value: string])[] {
  const end = words.findIndex((word) => /^(\d*>|&|\||<)/.test(word));
  const args = end < 0 ? words : words.slice(0, end);
  const pairs: (readonly [name: string, value: string])[] = [];
  for (let i = 0; i < args.length; i++) {
    if (!/^--[a-z]/i.test(args[i]!)) continue;
    const [name = '', glued] = args[i]!.split(/=(.*)/s, 2);
    const next = args[i + 1];
    // a value may be a flag itself
    const takes = next !== undefined && (name === '--extra-args' || !/^--[a-z]/i.test(next) || next.includes(' '));
    pairs.push([name, glued ?? (takes ? next : '')]);
    if (glued === undefined && takes) i += 1;
  }
  return pairs;
}

function withoutUnknown(words: readonly string[], leave: (name: string, value: string) => void): string[] {
  const known: string[] = [];
  for (const word of words) {
    if (!word.includes(UNKNOWN)) known.push(word);
    else leave(/^--/.test(known.at(-1) ?? '') ? known.pop()! : '--extra-args', shown(word));
  }
  return known;
}

/** ray is given where an instance has several hosts. */
function withoutBackend(words: readonly string[]): string[] {
  const at = words.indexOf('--distributed-executor-backend');
  return at >= 0 && words[at + 1] === 'ray' ? [...words.slice(0, at), ...words.slice(at + 2)] : [...words];
}

function shown(value: string): string {
  return value.replaceAll(UNKNOWN, '..');
}
