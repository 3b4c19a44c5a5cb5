/** In place of a successor: there is none. */
const ALWAYS = null;
const FROM_HOSTS = 'it follows from the hosts of the group';

/** Arguments that omniplace sets, with what to do instead. */
export const OWN_ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['--model', 'set services.model_path'],
  ['--served-model-name', 'set services.served_model_name'],
  ['--host', 'servers listen on all addresses'],
  ['--port', 'set base_api_port'],
  ['--headless', FROM_HOSTS],
  ['--api-server-count', 'set api_server_count'],
  ['--tensor-parallel-size', 'set tensor_parallel_size'],
  ['--pipeline-parallel-size', 'set pipeline_parallel_size'],
  ['--data-parallel-size', 'set data_parallel_size'],
  ['--data-parallel-size-local', FROM_HOSTS],
  // on the first host of an instance it would turn another load balancing on
  ['--data-parallel-start-rank', FROM_HOSTS],
  ['--data-parallel-rank', 'set data_parallel_lb: external'],
  ['--data-parallel-address', FROM_HOSTS],
  ['--data-parallel-rpc-port', 'set master_port'],
  ['--data-parallel-hybrid-lb', 'set data_parallel_lb: hybrid'],
  ['--data-parallel-external-lb', 'set data_parallel_lb: external'],
  ['--data-parallel-multi-port-external-lb', 'set data_parallel_lb: external'],
  ['--data-parallel-backend', 'ranks are processes of the hosts'],
  ['--distributed-executor-backend', 'ranks are processes of the hosts'],
  ['--nnodes', FROM_HOSTS],
  ['--node-rank', FROM_HOSTS],
  ['--master-addr', FROM_HOSTS],
  ['--master-port', 'set master_port'],
  ['--device-ids', 'set the devices of the group'],
  ['--enable-expert-parallel', 'set enable_expert_parallel'],
  ['--all2all-backend', 'set all2all_backend'],
  ['--enable-eplb', 'set enable_eplb'],
  ['--eplb-config', 'set eplb_config'],
  ['--max-model-len', 'set max_model_len'],
  ['--max-num-seqs', 'set max_num_seqs'],
  ['--max-num-batched-tokens', 'set max_num_batched_tokens'],
  ['--gpu-memory-utilization', 'set gpu_util'],
  ['--compilation-config', 'set compilation_config'],
  ['--speculative-config', 'set speculative_config'],
  ['--kv-transfer-config', 'set kv_connector and kv_transfer_config'],
  ['--shutdown-timeout', 'set shutdown_timeout'],
]);

const HTTPS = 'makes servers answer HTTPS, and router, peers and omniplace ask them by HTTP';

/** Arguments with which a server is not what omniplace counts on, with the reason. */
export const REFUSED_ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['--uds', 'moves the API from its port to a socket file, and router, peers and omniplace ask the port'],
  ['--grpc', 'starts gRPC in place of the HTTP API that router and omniplace ask'],
  ['--config', 'reads arguments from a file, over those that omniplace sets and past its checks'],
  ['--ssl-keyfile', HTTPS],
  ['--ssl-certfile', HTTPS],
  ['--ssl-ca-certs', HTTPS],
  ['--ssl-cert-reqs', HTTPS],
  ['--ssl-ciphers', HTTPS],
  ['--enable-ssl-refresh', HTTPS],
]);

/** Arguments that vLLM had, or that other engines have, with what to use instead. */
export const RETIRED_ARGUMENTS: ReadonlyMap<string, string | null> = new Map([
  ['--tp', 'the key tensor_parallel_size'],
  ['--tp-size', 'the key tensor_parallel_size'],
  ['--dp', 'the key data_parallel_size'],
  ['--dp-size', 'the key data_parallel_size'],
  ['--ep', 'the key enable_expert_parallel'],
  ['--ep-size', 'the key enable_expert_parallel: experts are spread over tensor × data ranks'],
  ['--enable-ep-moe', 'the key enable_expert_parallel'],
  ['--data-parallel-master-ip', 'the hosts of the group: their first is the address'],
  ['--disable-log-requests', '`--no-enable-log-requests`, which is the default'],
  ['--num-redundant-experts', 'the key eplb_config: {num_redundant_experts: N}'],
  ['--eplb-window-size', 'the key eplb_config: {window_size: N}'],
  ['--eplb-step-interval', 'the key eplb_config: {step_interval: N}'],
  [
    '--swap-space',
    '`--kv-offloading-size`, which keeps cache in the memory of the host; what is interrupted is computed again',
  ],
  ['--use-v2-block-manager', ALWAYS],
  ['--eplb-log-balancedness', 'the key eplb_config: {log_balancedness: true}'],
  ['--enable-reasoning', '`--reasoning-parser`, which is enough'],
  ['--guided-decoding-backend', '`--structured-outputs-config.backend`'],
  ['--guided-decoding-disable-any-whitespace', '`--structured-outputs-config.disable_any_whitespace`'],
  ['--guided-decoding-disable-additional-properties', '`--structured-outputs-config.disable_additional_properties`'],
  ['--task', '`--runner` and `--convert`; `vllm serve` generates without them'],
  ['--max-seq-len-to-capture', '`--max-cudagraph-capture-size`, which counts the tokens of a batch'],
  ['--cuda-graph-sizes', '`--cudagraph-capture-sizes`'],
  ['--rope-scaling', '`--hf-overrides`'],
  ['--rope-theta', '`--hf-overrides`'],
  ['--override-pooler-config', '`--pooler-config`'],
  ['--disable-mm-preprocessor-cache', '`--mm-processor-cache-gb 0`'],
  ['--enable-multimodal-encoder-data-parallel', '`--mm-encoder-tp-mode data`'],
  ['--speculative-model', 'the key speculative_config: {model: PATH}'],
  ['--num-speculative-tokens', 'the key speculative_config: {num_speculative_tokens: N}'],
]);

const ONE_SCHEDULER = 'it went with the scheduler that ran several steps at once';

/** Arguments that vLLM had, and that have no successor, with the reason. */
export const REMOVED_ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['--worker-use-ray', 'ranks are processes of the hosts'],
  ['--preemption-mode', 'what is interrupted is computed again'],
  ['--num-scheduler-steps', ONE_SCHEDULER],
  ['--multi-step-stream-outputs', ONE_SCHEDULER],
  ['--num-lookahead-slots', ONE_SCHEDULER],
  ['--scheduler-delay-factor', 'prompts are computed in parts, next to requests that run'],
  ['--disable-async-output-proc', ONE_SCHEDULER],
  ['--guided-decoding-disable-fallback', 'a backend that is named is not left for another one'],
  ['--device', 'it follows from the image'],
]);

/** Variables that mean nothing to vLLM any more, or never did, with what to use instead. */
export const RETIRED_VARIABLES: ReadonlyMap<string, string | null> = new Map([
  ['HOST_IP', 'VLLM_HOST_IP, which omniplace sets'],
  ['VLLM_NIXL_ABORT_REQUEST_TIMEOUT', 'kv_transfer_config: {kv_connector_extra_config: {kv_lease_duration: SECONDS}}'],
  ['VLLM_NIXL_SIDECHANNEL_HOST', 'VLLM_NIXL_SIDE_CHANNEL_HOST, which omniplace sets'],
  ['VLLM_NIXL_SIDECHANNEL_PORT', 'VLLM_NIXL_SIDE_CHANNEL_PORT'],
  ['VLLM_MOONCAKE_SIDE_CHANNEL_PORT', 'VLLM_MOONCAKE_BOOTSTRAP_PORT'],
  ['VLLM_USE_V1', ALWAYS],
  ['VLLM_ALL2ALL_BACKEND', 'the key all2all_backend'],
  ['VLLM_ATTENTION_BACKEND', 'extra_args: ["--attention-backend", NAME]'],
]);

/** Variables that others than vLLM read, and whose misspelt name nobody would notice. */
export const OTHERS_VARIABLES = ['GLOO_SOCKET_IFNAME', 'NCCL_SOCKET_IFNAME', 'PYTHONHASHSEED', 'UCX_NET_DEVICES'];

/** What to do about a retired name. */
export function insteadOf(successor: string | null): string {
  return successor === null ? 'Remove it: vLLM always does so.' : `Use ${successor}.`;
}
