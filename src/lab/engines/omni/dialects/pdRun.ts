import { fillTemplate } from '../../../../rendering/template.ts';
import template from '../scripts/pd_run.sh.eta';
import { type Imitated, isIn, SOURCES, type Span } from './dialect.ts';

/** An option of pd_run.sh with the variable it sets; `value`: without the option, null: what the environment has. */
interface Option extends Span {
  readonly flag: string;
  readonly variable: string;
  readonly value: string | null;
}

const OPTIONS: readonly Option[] = [
  option('--global-rank-table-path', 'GLOBAL_RANK_TABLE_FILE_PATH', ''),
  option('--rank-table-path', 'RANK_TABLE_FILE_PATH', ''),
  option('--local-decode-server-ip-list', 'LOCAL_DECODE_SERVER_IP_LIST', ''),
  option('--global-decode-server-ip-list', 'GLOBAL_DECODE_SERVER_IP_LIST', ''),
  option('--role', 'ROLE', 'prefill'),
  option('--prefill-pod-num', 'PREFILL_POD_NUM', '1'),
  option('--decode-pod-num', 'DECODE_POD_NUM', '1'),
  option('--vllm-llmdatadist-zmq-port', 'VLLM_LLMDATADIST_ZMQ_PORT', '5568'),
  option('--hcc-intra-roce-enable', 'HCCL_INTRA_ROCE_ENABLE', '1'),
  option('--hcc-intra-pcie-enable', 'HCCL_INTRA_PCIE_ENABLE', '0'),
  option('--random-mode', 'RANDOM_MODE', null),
  option('--kv-cache-mod', 'KV_CACHE_MOD', null),
  option('--forward-time', 'FORWARD_TIME', null),
  option('--num-servers', 'NUM_SERVERS', '1'),
  option('--num-dp', 'NUM_DP', '1'),
  option('--server-offset', 'SERVER_OFFSET', '0'),
  option('--master-ip', 'MASTER_IP', ''),
  option('--master-port', 'MASTER_PORT', '8503'),
  option('--base-api-port', 'BASE_API_PORT', '9001'),
  option('--gloo-socket-ifname', 'GLOO_SOCKET_IFNAME', ''),
  option('--tp-socket-ifname', 'TP_SOCKET_IFNAME', ''),
  option('--vllm-logging-level', 'VLLM_LOGGING_LEVEL', 'INFO'),
  option('--vllm-use-v1', 'VLLM_USE_V1', '1'),
  option('--vllm-worker-multiproc-method', 'VLLM_WORKER_MULTIPROC_METHOD', 'fork'),
  option('--model-path', 'MODEL_PATH', ''),
  option('--max-model-len', 'MAX_MODEL_LEN', '4096'),
  option('--tp', 'TP', '4'),
  option('--pp', 'PP', '1', { since: '2026-03' }),
  option('--distributed-executor-backend', 'DISTRIBUTED_EXECUTOR_BACKEND', 'None', { since: '2026-03' }),
  option('--served-model-name', 'SERVED_MODEL_NAME', 'deepseek'),
  option('--log-dir', 'LOG_DIR', 'apiserverlog'),
  option('--kv-connector', 'KV_CONNECTOR', 'AscendHcclConnectorV1'),
  option('--kv-buffer-device', 'KV_BUFFER_DEVICE', 'npu'),
  option('--kv-role', 'KV_ROLE', 'kv_producer'),
  option('--kv-rank', 'KV_RANK', '0'),
  option('--kv-engine-id', 'KV_ENGINE_ID', '0'),
  option('--kv-parallel-size', 'KV_PARALLEL_SIZE', '2'),
  option('--kv-producer-dp-size', 'KV_PRODUCER_DP_SIZE', '1', { since: '2026-03' }),
  option('--kv-producer-pp-size', 'KV_PRODUCER_PP_SIZE', '1', { since: '2026-03' }),
  option('--kv-transfer-config', 'KV_TRANSFER_CONFIG', null, { since: '2026-03' }),
  option('--llm-waiting-out', 'LLM_WAITING_OUT', '3600', { since: '2026-03' }),
  option('--pp-layer-partition', 'VLLM_PP_LAYER_PARTITION', 'null', { since: '2026-03' }),
  option('--extra-args', 'EXTRA_ARGS', ''),
  option('--model-extra-cfg-path', 'MODEL_EXTRA_CFG_PATH', '', { until: 'v0.6' }),
  option('--gpu-util', 'GPU_UTIL', '0.9'),
  option('--additional-config', 'ADDITIONAL_CONFIG', ''),
  option('--vllm-enable-mc2', 'VLLM_ENABLE_MC2', '0'),
  option('--hccl-buffsize', 'HCCL_BUFFSIZE', '0'),
  option('--hccl-op-expansion-mode', 'HCCL_OP_EXPANSION_MODE', ''),
  option('--num-speculative-tokens', 'NUM_SPECULATIVE_TOKENS', '1', { since: 'v0.5' }),
  option('--ray-port', 'RAY_PORT', '6379', { since: '2026-03' }),
  option('--ray-min-worker-port', 'RAY_MIN_WORKER_PORT', '10002', { since: '2026-03' }),
  option('--ray-max-worker-port', 'RAY_MAX_WORKER_PORT', '19999', { since: '2026-03' }),
  option('--print-screen', 'PRINT_SCREEN', '0', { since: '2026-03' }),
];

/** Variables of options that servers inherit. */
const EXPORTED: readonly string[] = [
  'GLOBAL_RANK_TABLE_FILE_PATH',
  'RANK_TABLE_FILE_PATH',
  'LOCAL_DECODE_SERVER_IP_LIST',
  'GLOBAL_DECODE_SERVER_IP_LIST',
  'ROLE',
  'PREFILL_POD_NUM',
  'DECODE_POD_NUM',
  'VLLM_LLMDATADIST_ZMQ_PORT',
  'HCCL_INTRA_ROCE_ENABLE',
  'HCCL_INTRA_PCIE_ENABLE',
  'GLOO_SOCKET_IFNAME',
  'TP_SOCKET_IFNAME',
  'VLLM_LOGGING_LEVEL',
  'SERVER_OFFSET',
  'MODEL_EXTRA_CFG_PATH',
  'VLLM_ENABLE_MC2',
  'LLM_WAITING_OUT',
];

/** What servers inherit whatever options and environment are. */
const FIXED: readonly ({ readonly variable: string; readonly value: string } & Span)[] = [
  { variable: 'VLLM_USE_V1', value: '1' },
  { variable: 'VLLM_WORKER_MULTIPROC_METHOD', value: 'fork' },
  { variable: 'USING_LCCL_COM', value: '0' },
  { variable: 'OMNI_USE_DSV3', value: '1' },
  {
    variable: 'CPU_AFFINITY_CONF',
    value: '1,npu0:0-1,npu1:40-41,npu2:80-81,npu3:120-121,npu4:160-161,npu5:200-201,npu6:240-241,npu7:280-281',
    since: 'v0.4',
    until: 'v0.4',
  },
  { variable: 'HCCL_CONNECT_TIMEOUT', value: '1800' },
  { variable: 'HCCL_EXEC_TIMEOUT', value: '120' },
  { variable: 'HCCL_RDMA_TIMEOUT', value: '20', since: 'v0.6' },
  { variable: 'TNG_HOST_COPY', value: '1' },
  { variable: 'AUTO_USE_UC_MEMORY', value: '1' },
  { variable: 'TASK_QUEUE_ENABLE', value: '2', until: 'v0.6' },
  { variable: 'ENABLE_OVERWRITE_REQ_IDS', value: '0', since: 'v0.4', until: 'v0.4' },
  { variable: 'ENABLE_OVERWRITE_REQ_IDS', value: '1', since: 'v0.5', until: 'v0.6' },
  { variable: 'ENABLE_OVERWRITE_REQ_IDS', value: '0', since: '2026-03' },
  { variable: 'ENABLE_APC_EVENT', value: '0', since: 'v0.6' },
];

/** Arguments of the `ray start` by which it starts the head of a prefill instance over several hosts; workers get them without --port. */
const RAY_ARGUMENTS: Readonly<Record<Imitated, string>> = {
  'v0.3': '--num-gpus=16',
  'v0.4': '--num-gpus=$NUM_SERVERS',
  'v0.5': '--num-gpus=$NUM_SERVERS',
  'v0.6': '',
  '2026-03': '--min-worker-port=$RAY_MIN_WORKER_PORT --max-worker-port=$RAY_MAX_WORKER_PORT',
};

export function pdRunScript(dialect: Imitated): string {
  const options = OPTIONS.filter((span) => isIn(dialect, span));
  const has = (flag: string) => options.some((one) => one.flag === flag);
  return fillTemplate(template, {
    source: SOURCES[dialect],
    accepted: options,
    exported: EXPORTED.filter((name) => options.some(({ variable }) => variable === name)),
    fixed: FIXED.filter((span) => isIn(dialect, span)),
    has,
    rayHead: `--head${has('--ray-port') ? ' --port=$RAY_PORT' : ''} ${RAY_ARGUMENTS[dialect]}`.trim(),
    rayPort: has('--ray-port') ? '$RAY_PORT' : '6379',
    rayArguments: RAY_ARGUMENTS[dialect],
    stopsRayBeforeJoining: isIn(dialect, { since: 'v0.6' }),
    // a check of sampling parameters, which servers import where the variable names its settings
    validates: { 'v0.3': null, 'v0.4': null, 'v0.5': null, 'v0.6': 'prefill', '2026-03': 'all' }[dialect],
    keepsTaskQueue: isIn(dialect, { since: '2026-03' }),
  });
}

function option(flag: string, variable: string, value: string | null, span: Span = {}): Option {
  return { flag, variable, value, ...span };
}
