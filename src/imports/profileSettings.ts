import type { Json, JsonObject } from '../deployment/deployment.ts';
import { engineArguments, importedConfig } from './engineArguments.ts';
import type { ForeignDocument, Leftover } from './foreignDocument.ts';
import type { Profile } from './profile.ts';

const PROXY_ARGS = new Set(['listen-port', 'prefill-lb-sdk', 'decode-lb-sdk', 'core-num', 'start-core-index']);

/** Arguments that have a key, or follow from hosts, dies and ports. */
const KNOWN_ARGS = new Set(
  [
    'num-servers num-dp server-offset model-path master-ip max-model-len master-port base-api-port tp served-model-name log-dir',
    'enable-mtp kv-transfer-config gpu-util extra-args additional-config listen-port',
  ].flatMap((line) => line.split(' ')),
);

/** Variables that follow from hosts, dies, ports and other keys. */
const COMPUTED_ENV = new Set(
  [
    'MODEL_PATH LOG_PATH CODE_PATH HTTP_PROXY MODEL_LEN_MAX_PREFILL MODEL_LEN_MAX_DECODE API_PORT MASTER_PORT HOST_IP IP HOST',
    'PREFILL_POD_NUM DECODE_POD_NUM RANK_TABLE_FILE_PATH GLOBAL_RANK_TABLE_FILE_PATH RANKTABLE_SAVE_PATH SERVER_IP_LIST SERVER_OFFSET',
    'KV_RANK NNODES NODE_RANK NODE_IP_LIST ROLE SOCKET_IFNAME GLOO_SOCKET_IFNAME TP_SOCKET_IFNAME NUM_SERVERS ASCEND_RT_VISIBLE_DEVICES',
    'LOCAL_DECODE_SERVER_IP_LIST GLOBAL_DECODE_SERVER_IP_LIST VLLM_LLMDATADIST_ZMQ_PORT PREFILL_SERVER_LIST DECODE_SERVER_LIST',
    'PREFILL_TENSOR_PARALLEL_SIZE DECODE_TENSOR_PARALLEL_SIZE DECODE_DATA_PARALLEL_SIZE PREFILL_LB_SDK DECODE_LB_SDK PROXY_NODE_PORT',
  ].flatMap((line) => line.split(' ')),
);

const BOTH: Readonly<Record<string, string>> = {
  PYTORCH_NPU_ALLOC_CONF: 'expandable_segments:True',
  ASCEND_GLOBAL_LOG_LEVEL: '3',
  HCCL_INTRA_ROCE_ENABLE: '1',
  HCCL_INTRA_PCIE_ENABLE: '0',
  HCCL_CONNECT_TIMEOUT: '1800',
  HCCL_EXEC_TIMEOUT: '120',
  HCCL_OP_EXPANSION_MODE: 'AIV',
  VLLM_LOGGING_LEVEL: 'INFO',
  VLLM_USE_V1: '1',
  VLLM_WORKER_MULTIPROC_METHOD: 'fork',
  VLLM_ENABLE_MC2: '1',
  USING_LCCL_COM: '0',
  OMNI_USE_DSV3: '1',
  TNG_HOST_COPY: '1',
  AUTO_USE_UC_MEMORY: '1',
  TASK_QUEUE_ENABLE: '2',
  ENABLE_OVERWRITE_REQ_IDS: '1',
  PYTHONHASHSEED: '123',
};

/** What a server gets here by itself. */
const SERVER_DEFAULTS: Readonly<Record<'prefill' | 'decode', Readonly<Record<string, string>>>> = {
  prefill: { ...BOTH, HCCL_BUFFSIZE: '500' },
  decode: { ...BOTH, HCCL_BUFFSIZE: '1000' },
};

/** Role settings of one host's `env` and `args`; what has no place is added to `leftovers`. */
export function profileSettings(
  profile: Profile,
  role: 'prefill' | 'decode',
  document: ForeignDocument,
  leftovers: Leftover[],
): JsonObject {
  const leave = (name: string, value: string, because: string) =>
    leftovers.push({ file: document.file, line: null, path: `${profile.name}.args.${name}`, value, because });
  const length =
    profile.arg('max-model-len') ?? profile.env(role === 'prefill' ? 'MODEL_LEN_MAX_PREFILL' : 'MODEL_LEN_MAX_DECODE');
  const gpuUtil = profile.arg('gpu-util');
  const env = otherEnv(profile, role);
  const config = profile.argMap('additional-config');
  for (const name of profile.argNames()) {
    if (!KNOWN_ARGS.has(name))
      leave(name, JSON.stringify(profile.arg(name) ?? profile.argMap(name)), 'omniplace gives no such argument');
  }
  const decodeSize = profile.arg('tp') ?? profile.env('DECODE_TENSOR_PARALLEL_SIZE');
  if (role === 'decode' && decodeSize !== null && decodeSize !== '1')
    leave('tp', JSON.stringify(decodeSize), 'omniplace runs decode with tensor parallel size 1 only');
  const connector = profile.argMap('kv-transfer-config').kv_connector;
  if (connector !== undefined && connector !== 'AscendHcclConnectorV1')
    leave('kv-transfer-config.kv_connector', JSON.stringify(connector), 'omniplace runs AscendHcclConnectorV1 only');
  return {
    ...(length === null ? {} : { max_model_len: Number(length) }),
    ...(gpuUtil === null ? {} : { gpu_util: Number(gpuUtil) }),
    ...engineArguments(wordsOf(profile.argMap('extra-args'))),
    ...(Object.keys(config).length === 0 ? {} : importedConfig(JSON.stringify(config), role, { omni: false }, leave)),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
}

/** Variables that nothing else of the deployment says. */
function otherEnv(profile: Profile, role: 'prefill' | 'decode'): JsonObject {
  const ours = SERVER_DEFAULTS[role];
  const entries = profile
    .environment()
    .filter(([name, value]) => !COMPUTED_ENV.has(name) && value !== null && String(value) !== ours[name]);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** What a proxy's profile says beyond the keys of `deployment.proxy`. */
export function proxyLeftovers(profile: Profile, document: ForeignDocument): readonly Leftover[] {
  const because = 'the proxy takes no such setting';
  const args = profile.argNames().filter((name) => !PROXY_ARGS.has(name));
  const env = profile.environment().filter(([name]) => !COMPUTED_ENV.has(name) && !name.startsWith('GLOBAL_PROXY_'));
  return [
    ...args.map((name) => ({
      path: `${profile.name}.args.${name}`,
      value: JSON.stringify(profile.arg(name) ?? profile.argMap(name)),
    })),
    ...env.map(([name, value]) => ({ path: `${profile.name}.env.${name}`, value: JSON.stringify(value) })),
  ].map((left) => ({ file: document.file, line: null, because, ...left }));
}

/** `{max-num-seqs: 16, enforce-eager: ""}` -> `--max-num-seqs 16 --enforce-eager` */
function wordsOf(args: JsonObject): string {
  return Object.entries(args)
    .map(([name, value]: [string, Json]) =>
      value === '' || value === null || value === true
        ? `--${name}`
        : `--${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
    )
    .join(' ');
}
