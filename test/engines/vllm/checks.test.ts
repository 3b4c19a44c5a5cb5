import { describe, expect, it } from 'vitest';
import { boundPorts } from '../../../src/engines/boundPorts.ts';
import { engineOf } from '../../../src/engines/index.ts';
import { readDeployment } from '../../../src/engines/readDeployment.ts';
import { checkTopology } from '../../../src/topology/checks.ts';
import { renderedVllm } from '../../fakes/renderedVllm.ts';
import { faultLines, mixedVllm, vllmDeployment, vllmText } from './vllmDeployment.ts';

const ABORT = 'env: {VLLM_MOONCAKE_ABORT_REQUEST_TIMEOUT: 120}';
const linesWith = (decode: string, services = '') =>
  faultLines(vllmDeployment({ decode: [`hosts: "10.0.0.2", ${decode}`], services }));
const argsOf = (args: string, image?: string) =>
  faultLines(
    vllmDeployment({ services: `  decode: {extra_args: [${args}]}\n`, ...(image === undefined ? {} : { image }) }),
  );

describe('arguments of vLLM', () => {
  it('are accepted as vLLM accepts them', () => {
    const accepted =
      '--enforce-eager, --no-enable-prefix-caching, --seed=1, --block_size, "16", -O3, --cudagraph-capture-sizes, "1", "2", --additional-config, \'{"a":1}\', --kv-events-config.topic, kv, --enable-prefix-c';
    expect(argsOf(accepted)).toEqual([]);
  });

  it.each([
    [
      '--enforce-eagr',
      'error unknown_argument: `--enforce-eagr` is not an argument of vLLM v0.27.1. | Did you mean `--enforce-eager`?',
    ],
    ['--tp, "8"', 'error retired_name: vLLM has no argument `--tp`. | Use the key tensor_parallel_size.'],
    [
      '-tp, "8"',
      'error engine_argument: omniplace sets `--tensor-parallel-size` itself. | Remove it: set tensor_parallel_size.',
    ],
    [
      '--data-parallel-start-rank, "0"',
      'error engine_argument: omniplace sets `--data-parallel-start-rank` itself. | Remove it: it follows from the hosts of the group.',
    ],
    ['--seed, x', 'error argument_value: `--seed` must be a whole number; it is `x`. | So it is in vLLM v0.27.1.'],
    [
      '--block-size, "0"',
      'error argument_value: `--block-size` must be more than 0; it is `0`. | So it is in vLLM v0.27.1.',
    ],
    [
      '--dtype, bf16',
      'error argument_value: `--dtype` must be one of auto, bfloat16, float, float16, float32, half; it is `bf16`. | So it is in vLLM v0.27.1.',
    ],
    [
      '--kv-events-config, topic',
      'error argument_value: `--kv-events-config` must be a JSON object; it is `topic`. | So it is in vLLM v0.27.1.',
    ],
    ['--seed', 'error argument_value: `--seed` needs a value. | So it is in vLLM v0.27.1.'],
    [
      '"--seed 1"',
      'error unknown_argument: `--seed 1` is not an argument of vLLM v0.27.1. | Write a flag and its value as two entries.',
    ],
    [
      '--enforce-eager, "1"',
      'error engine_argument: `--enforce-eager` takes no value; it has `1`. | Remove the value.',
    ],
    [
      '--trust-remote-code, "false"',
      'error engine_argument: `--trust-remote-code` takes no value; it has `false`. | Write `--no-trust-remote-code`.',
    ],
    [
      '--seed, "1", "2"',
      'error engine_argument: No argument takes the value "2". | Remove it, or write its flag before it.',
    ],
    [
      '"\u2014seed"',
      'error engine_argument: No argument takes the value "\u2014seed". | It begins with a dash: write two hyphens, `--seed`.',
    ],
    [
      '--use-v2-block-manager',
      'error retired_name: vLLM has no argument `--use-v2-block-manager`. | Remove it: vLLM always does so.',
    ],
    ...[
      ['--guided-decoding-backend, xgrammar', 'Use `--structured-outputs-config.backend`.'],
      ['--enable-reasoning', 'Use `--reasoning-parser`, which is enough.'],
      ['--task, generate', 'Use `--runner` and `--convert`; `vllm serve` generates without them.'],
      ['--max-seq-len-to-capture, "4096"', 'Use `--max-cudagraph-capture-size`, which counts the tokens of a batch.'],
    ].map(([args = '', hint]) => [
      args,
      `error retired_name: vLLM has no argument \`${args.split(',')[0]}\`. | ${hint}`,
    ]),
    [
      '--worker-use-ray',
      'error retired_name: The argument `--worker-use-ray` was removed from vLLM. | Remove it: ranks are processes of the hosts.',
    ],
    [
      '--preemption-mode, swap',
      'error retired_name: The argument `--preemption-mode` was removed from vLLM. | Remove it: what is interrupted is computed again.',
    ],
    [
      '--num-scheduler-steps, "8"',
      'error retired_name: The argument `--num-scheduler-steps` was removed from vLLM. | Remove it: it went with the scheduler that ran several steps at once.',
    ],
    [
      '--uds, /tmp/api.sock',
      'error engine_argument: `--uds` moves the API from its port to a socket file, and router, peers and omniplace ask the port. | Remove it.',
    ],
    [
      '--ssl-keyfile, /key.pem',
      'error engine_argument: `--ssl-keyfile` makes servers answer HTTPS, and router, peers and omniplace ask them by HTTP. | Remove it.',
    ],
    [
      '--ssl-certfile=/cert.pem',
      'error engine_argument: `--ssl-certfile` makes servers answer HTTPS, and router, peers and omniplace ask them by HTTP. | Remove it.',
    ],
    [
      '--grpc',
      'error engine_argument: `--grpc` starts gRPC in place of the HTTP API that router and omniplace ask. | Remove it.',
    ],
    [
      '--config, /etc/vllm.yaml',
      'error engine_argument: `--config` reads arguments from a file, over those that omniplace sets and past its checks. | Write what it contains as keys and extra_args.',
    ],
    [
      '--additional-config, \'{"a":1,}\'',
      'error argument_value: `--additional-config` must be a JSON object; it is `{"a":1,}`. | So it is in vLLM v0.27.1.',
    ],
    [
      '--kv-events-config.publishr, zmq',
      'error engine_key: --kv-events-config of vLLM v0.27.1 has no `publishr`. | Did you mean `publisher`?',
    ],
    [
      '--profiler-config, \'{"profiler":"tourch"}\'',
      'error argument_value: profiler of --profiler-config must be one of cuda, torch; it is `tourch`. | Did you mean `torch`?',
    ],
    [
      '--dtype, bfloat61',
      'error argument_value: `--dtype` must be one of auto, bfloat16, float, float16, float32, half; it is `bfloat61`. | Did you mean `bfloat16`?',
    ],
    [
      '--max-num-partial-prefills, "2"',
      'error unknown_argument: `--max-num-partial-prefills` is not an argument of vLLM v0.27.1. | v0.23.0 has it: use such an image, or remove it.',
    ],
  ])('are refused: %s', (args, line) => {
    expect(argsOf(args)[0]).toBe(line);
  });

  it('are those of the version in the tag of the image', () => {
    expect(argsOf('--jit-monitor-verbose', 'vllm/vllm-openai:v0.23.0-cu129')).toEqual([
      'error unknown_argument: `--jit-monitor-verbose` is not an argument of vLLM v0.23.0. | v0.27.1 has it: use such an image, or remove it.',
    ]);
  });

  it('of a version without a table are compared with the nearest, and warned of', () => {
    expect(argsOf('--brand-new', 'vllm/vllm-openai:v0.33.0')).toEqual([
      'warning unknown_argument: `--brand-new` is not an argument of vLLM v0.27.1, the nearest to 0.33.0 that is known. | Remove it, or set services.vllm_version if the image has a newer version.',
    ]);
    expect(argsOf('--brand-new', 'mine:latest')[0]).toContain('vLLM v0.27.1, which is assumed');
    // the nearest is newer
    expect(argsOf('--brand-new', 'vllm/vllm-openai:v0.27.0')[0]).toContain('vLLM v0.27.1, the nearest to 0.27.0');
    expect(argsOf('--brand-new', 'vllm/vllm-openai:v0.24.0')[0]).toContain('vLLM v0.23.0, the nearest to 0.24.0');
  });

  it('of a version before all tables may be gone since, and ours may not be there yet', () => {
    const { faults } = vllmDeployment({
      image: 'vllm/vllm-openai:v0.11.0',
      services: '  decode: {extra_args: [--task, generate]}\n',
    });
    expect(faults.map(({ severity, path, message, hint }) => `${severity} ${path}: ${message} | ${hint}`)).toEqual([
      'warning services.decode.extra_args.0: vLLM has no argument `--task`. | Use `--runner` and `--convert`; `vllm serve` generates without them.',
      'warning services.docker_image: vLLM 0.11.0 is older than v0.23.0, the oldest that omniplace knows: it may lack arguments that omniplace sets, such as --shutdown-timeout. | Use an image of v0.23.0 or later, or compare what render shows with `vllm serve --help=all` in the image.',
    ]);
  });
});

describe('settings of vLLM', () => {
  it.each([
    [
      'tensor_parallel_size: 3',
      'error parallel_sizes: decode group1: tensor 3 × pipeline 1 × data 2 is 6, and its hosts have 8 devices. | Leave sizes out to have them follow from hosts and devices, or correct one of them.',
    ],
    [
      'kv_connector: P2pNcclConnector',
      'error retired_name: vLLM v0.27.1 has no connector P2pNcclConnector. | Use NixlConnector.',
    ],
    [
      'kv_connector: MooncakeConnectorV1',
      'error retired_name: vLLM v0.27.1 has no connector MooncakeConnectorV1. | Use MooncakeConnector.',
    ],
    [
      'kv_connector: NixlConector',
      'error bad_value: vLLM v0.27.1 has no connector NixlConector. | Did you mean NixlConnector?',
    ],
    [
      'kv_connector: MultiConnector',
      "error bad_value: omniplace can't set the connector MultiConnector up. | Use one of NixlConnector, MooncakeConnector.",
    ],
    [
      'kv_connector: MooncakeConnector',
      'error pair_mismatch: decode group1 has another `kv_connector` than prefill group1: "MooncakeConnector" and "NixlConnector". | Set it alike for both, such as in deployment.defaults.',
    ],
    [
      'extra_args: [--kv-cache-dtype, fp8]',
      'error pair_mismatch: decode group1 has another `--kv-cache-dtype` than prefill group1: "fp8" and none. | Set it alike for both, such as in deployment.defaults.',
    ],
    [
      'tensor_parallel_size: 4',
      'warning pair_mismatch: prefill group1 has tensor parallel size 8, more than the 4 of decode group1. | That works for models with multi-head latent attention, such as DeepSeek; with others decode refuses the cache where heads are copied.',
    ],
    [
      'kv_transfer_config: {kv_load_failure_policy: recompute}',
      'warning kv_transfer: decode group1 reads a prompt again where a transfer fails, so that failures show as slowness only. | Remove kv_load_failure_policy: the default, fail, ends such a request with an error.',
    ],
    [
      'kv_transfer_config: {kv_roll: kv_both}',
      'error engine_key: --kv-transfer-config of vLLM v0.27.1 has no `kv_roll`. | Did you mean `kv_role`?',
    ],
    [
      'kv_transfer_config: {kv_role: kv_both}',
      'error engine_argument: omniplace sets `kv_role` of kv_transfer_config itself. | Remove it: it follows from the role of the servers.',
    ],
    [
      'enable_eplb: true',
      'error eplb_setting: decode group1 has enable_eplb without enable_expert_parallel. | Set enable_expert_parallel: true, or remove enable_eplb.',
    ],
    [
      'enable_expert_parallel: true, eplb_config: {num_redundant_experts: 8}',
      'error eplb_setting: decode group1 has 8 redundant experts without enable_eplb. | Set enable_eplb: true, or remove num_redundant_experts.',
    ],
    [
      'enable_expert_parallel: true, enable_eplb: true, eplb_config: {num_redundant_expert: 8}',
      'error engine_key: --eplb-config of vLLM v0.27.1 has no `num_redundant_expert`. | Did you mean `num_redundant_experts`?',
    ],
    [
      'all2all_backend: deepep_low_latancy',
      'error argument_value: `all2all_backend` must be one of allgather_reducescatter, deepep_high_throughput, deepep_low_latency, deepep_v2, flashinfer_all2allv, flashinfer_nvlink_one_sided, flashinfer_nvlink_two_sided, mori_high_throughput, mori_low_latency, nixl_ep; it is `deepep_low_latancy`. | Did you mean `deepep_low_latency`?',
    ],
    [
      'env: {VLLM_DP_SIZE: 2}',
      'error engine_argument: VLLM_DP_SIZE takes the place of the ranks that omniplace sets, where an instance has one. | Remove it: ranks follow from hosts and devices.',
    ],
    [
      'env: {NCCL_SOCKET_IFNAM: eth0}',
      'warning engine_key: Nothing reads the variable NCCL_SOCKET_IFNAM. | Did you mean NCCL_SOCKET_IFNAME?',
    ],
    [
      'env: {VLLM_ATTENTION_BACKEND: FLASHINFER}',
      'error retired_name: vLLM does not read the variable VLLM_ATTENTION_BACKEND. | Use extra_args: ["--attention-backend", NAME].',
    ],
    [
      'all2all_backend: pplx',
      'error retired_name: all2all_backend: pplx was removed from vLLM, which uses another one instead. | Use allgather_reducescatter, or deepep_low_latency for decode.',
    ],
    [
      'env: {HOST_IP: 10.0.0.9}',
      'error retired_name: vLLM does not read the variable HOST_IP. | Use VLLM_HOST_IP, which omniplace sets.',
    ],
    [
      'env: {VLLM_NIXL_SIDE_CHANNEL_HOST: localhost}',
      'error kv_transfer: VLLM_NIXL_SIDE_CHANNEL_HOST is set to localhost, which no other host can reach. | Remove it: omniplace sets it to the address of each host.',
    ],
    [
      'env: {VLLM_NIXL_SIDE_CHANNEL_HOST: null}',
      'error kv_transfer: VLLM_NIXL_SIDE_CHANNEL_HOST: null removes the address at which other hosts reach the servers. | Remove the line: omniplace sets it to the address of each host.',
    ],
    [
      'env: {VLLM_NIXL_SIDE_CHANNEL_PORT: "56OO"}',
      'error kv_transfer: VLLM_NIXL_SIDE_CHANNEL_PORT must be a port; it is `56OO`. | Write a whole number from 1 to 65535, or remove it.',
    ],
    [
      'env: {CUDA_VISIBLE_DEVICES: "0,1"}',
      'error engine_argument: omniplace sets CUDA_VISIBLE_DEVICES itself. | Remove it: set the devices of the group.',
    ],
    [
      'env: {CUDA_VISIBLE_DEVICES: null}',
      'error engine_argument: omniplace sets CUDA_VISIBLE_DEVICES itself. | Remove it: set the devices of the group.',
    ],
    [
      'extra_args: [--disable-hybrid-kv-cache-manager]',
      'error pair_mismatch: decode group1 has another `--disable-hybrid-kv-cache-manager` than prefill group1: "true" and none. | Set it alike for both, such as in deployment.defaults.',
    ],
    [
      'extra_args: [--attention-config.backend, FLASHINFER]',
      'error pair_mismatch: decode group1 has another `--attention-config` than prefill group1: {"backend":"FLASHINFER"} and none. | Set it alike for both, such as in deployment.defaults.',
    ],
    [
      'extra_args: [--quantization, fp8]',
      'warning pair_mismatch: decode group1 has another `--quantization` than prefill group1: "fp8" and none. | Set it alike for both, such as in deployment.defaults.',
    ],
    [
      'speculative_config: {method: mtp, num_speculative_tokens: 1}',
      'error pair_mismatch: decode group1 has another `speculative_config` than prefill group1: {"method":"mtp"} and none. | Set it alike for both, such as in deployment.defaults.',
    ],
    [
      'tensor_parallel_size: 4, data_parallel_lb: external',
      'warning engine_value: decode group1 has data_parallel_lb: external without enable_expert_parallel; vLLM refuses that for a model without experts. | Set enable_expert_parallel: true for a model with experts; else write a group for each rank.',
    ],
    [
      'env: {VLLM_LOGING_LEVEL: DEBUG}',
      'warning engine_key: vLLM v0.27.1 does not read the variable VLLM_LOGING_LEVEL. | Did you mean VLLM_LOGGING_LEVEL?',
    ],
    [
      'env: {VLLM_NIXL_SIDE_CHANNEL_PORT: null}',
      "error kv_transfer: VLLM_NIXL_SIDE_CHANNEL_PORT: null removes the port that omniplace counts on: those of other ranks and the router's list follow from it. | Remove the line: omniplace sets a free port. Or write the port.",
    ],
    [
      'env: {VLLM_MOONCAKE_BOOTSTRAP_PORT: null}',
      "error kv_transfer: VLLM_MOONCAKE_BOOTSTRAP_PORT: null removes the port that omniplace counts on: those of other ranks and the router's list follow from it. | Remove the line: omniplace sets a free port. Or write the port.",
    ],
    [
      'env: {GLOO_SOCKET_IFNAME: null}',
      "warning engine_value: GLOO_SOCKET_IFNAME: null lets ranks choose a network by themselves; where hosts have InfiniBand, they may wait for each other forever. | Remove the line: omniplace sets the interface of the host's address.",
    ],
    [
      'shutdown_timeout: 0',
      'warning engine_value: decode group1 has shutdown_timeout 0: each stop and restart aborts the requests that run. | Remove it: the default is 60 seconds, after which the rest is aborted.',
    ],
    [
      'compilation_config: {cudagraph_mod: FULL}',
      'error engine_key: --compilation-config of vLLM v0.27.1 has no `cudagraph_mod`. | Did you mean `cudagraph_mode`?',
    ],
    [
      'compilation_config: {zzz: 1}',
      'error engine_key: --compilation-config of vLLM v0.27.1 has no `zzz`. | Remove it, or correct its name.',
    ],
    [
      'speculative_config: {method: mtp, num_speculative_tokens: 0}',
      'error argument_value: `speculative_config.num_speculative_tokens` must be more than 0; it is `0`. | So it is in vLLM v0.27.1.',
    ],
    [
      'kv_transfer_config: {kv_load_failure_policy: retry}',
      'error argument_value: `kv_transfer_config.kv_load_failure_policy` must be one of fail, recompute; it is `retry`. | So it is in vLLM v0.27.1.',
    ],
    [
      'kv_transfer_config: {kv_connector_extra_config: 60}',
      'error argument_value: `kv_transfer_config.kv_connector_extra_config` must be a map; it is `60`. | So it is in vLLM v0.27.1.',
    ],
    [
      'enable_expert_parallel: true, enable_eplb: true, eplb_config: {window_size: 0}',
      'error argument_value: `eplb_config.window_size` must be more than 0; it is `0`. | So it is in vLLM v0.27.1.',
    ],
    [
      'enable_expert_parallel: true, enable_eplb: true, eplb_config: {use_async: maybe}',
      'error argument_value: `eplb_config.use_async` must be true or false; it is `maybe`. | So it is in vLLM v0.27.1.',
    ],
    [
      'enable_expert_parallel: true, enable_eplb: true, eplb_config: {communicator: pynccl}',
      "error eplb_setting: decode group1 has communicator: pynccl, which can't move experts while requests run (use_async, by default true). | Remove communicator, use nixl or torch_gloo, or set use_async: false.",
    ],
    [
      'enable_expert_parallel: true, eplb_config: {window_size: 100, use_async: false}',
      'warning eplb_setting: decode group1 has eplb_config without enable_eplb: window_size, use_async are not read. | Set enable_eplb: true, or remove eplb_config.',
    ],
    [
      'enable_expert_parallel: true, enable_eplb: true, eplb_config: {log_balancedness_interval: 5}',
      'warning eplb_setting: decode group1 has log_balancedness_interval without log_balancedness: it is not read. | Set log_balancedness: true, or remove log_balancedness_interval.',
    ],
    [
      'devices: "0", enable_expert_parallel: true, enable_eplb: true',
      'error eplb_setting: decode group1 has enable_eplb and one rank: there is no other one to move experts to. | Remove enable_eplb, or give the instance more devices.',
    ],
    [
      'enable_expert_parallel: true, enable_eplb: true, extra_args: [--expert-placement-strategy, round_robin]',
      'warning eplb_setting: decode group1 has --expert-placement-strategy round_robin with enable_eplb: vLLM uses linear then. | Remove one of the two.',
    ],
    [
      'enable_expert_parallel: true, data_parallel_lb: hybrid, extra_args: [--enable-elastic-ep]',
      'error eplb_setting: --enable-elastic-ep of decode group1 needs enable_eplb: true and data_parallel_lb: internal. | Set that, or remove --enable-elastic-ep.',
    ],
  ])('are refused: %s', (decode, line) => {
    expect(linesWith(decode)).toContain(line);
  });

  it('of prefill and decode are compared as NIXL compares them', () => {
    const both = (prefill: string, decode: string) =>
      faultLines(vllmDeployment({ services: `  prefill: {${prefill}}\n  decode: {${decode}}\n` }));
    expect(
      both('', 'extra_args: [--kv-cache-dtype, auto, --dtype, auto, --no-disable-hybrid-kv-cache-manager]'),
    ).toEqual([]);
    const drafts = (tokens: number) => `speculative_config: {method: mtp, num_speculative_tokens: ${tokens}}`;
    expect(both(drafts(1), drafts(2))).toEqual([]);
    const json = `extra_args: [--attention-config, '{"backend":"FLASHINFER"}']`;
    expect(both(json, 'extra_args: [--attention-config.backend, FLASHINFER]')).toEqual([]);
  });

  it('of prefill and decode that differ are warnings with Mooncake, whose ranks do not compare them', () => {
    const mooncake = 'kv_connector: MooncakeConnector';
    const services = `  prefill: {${mooncake}, ${ABORT}}\n  decode: {${mooncake}, extra_args: [--kv-cache-dtype, fp8]}\n`;
    expect(faultLines(vllmDeployment({ services }))).toEqual([
      'warning pair_mismatch: decode group1 has another `--kv-cache-dtype` than prefill group1: "fp8" and none. | Set it alike for both, such as in deployment.defaults.',
    ]);
  });

  it('of prefill and decode that are errors are not hidden by warnings at the same place', () => {
    const lines = linesWith('extra_args: [--quantization, fp8, --kv-cache-dtype, fp8]');
    expect(lines.map((line) => line.split(':')[0])).toEqual(['error pair_mismatch', 'warning pair_mismatch']);
  });

  it('may keep API processes apart from ranks with every load balancing', () => {
    const hybrid =
      'tensor_parallel_size: 8, enable_expert_parallel: true, data_parallel_lb: hybrid, api_server_count: 4';
    expect(faultLines(vllmDeployment({ decode: [`hosts: "10.0.0.2,10.0.0.3", ${hybrid}`] }))).toEqual([]);
  });

  it('of NIXL have tensor parallel sizes and blocks that divide each other', () => {
    expect(linesWith('devices: "0,1,2,3,4,5"')).toEqual([
      'error pair_mismatch: Tensor parallel sizes 8 of prefill group1 and 6 of decode group1: neither is a multiple of the other. | Each part of the cache goes to whole ranks: choose sizes that divide each other.',
    ]);
    const blocks = (p: number, d: number) =>
      faultLines(
        vllmDeployment({
          services: `  prefill: {extra_args: [--block-size, "${p}"]}\n  decode: {extra_args: [--block-size, "${d}"]}\n`,
        }),
      );
    expect(blocks(16, 64)).toEqual([]);
    expect(blocks(48, 64)).toEqual([
      'error pair_mismatch: decode group1 has --block-size 64, which is not a multiple of the 48 of prefill group1. | A block of decode holds whole ones of prefill: set the same for both.',
    ]);
  });

  it('of pipeline stages need a connector that hands over the caches of all of them', () => {
    const both = (connector: string, image?: string) =>
      faultLines(
        vllmDeployment({
          decode: ['hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 8, pipeline_parallel_size: 2'],
          services: `  prefill: {kv_connector: ${connector}, ${ABORT}}\n  decode: {kv_connector: ${connector}}\n`,
          ...(image === undefined ? {} : { image }),
        }),
      );
    const hint =
      'Set tensor_parallel_size to the devices of all hosts, or use MooncakeConnector with vLLM v0.27.1 or later.';
    expect(both('NixlConnector')).toEqual([
      `error kv_transfer: decode group1 has 2 pipeline stages, and NixlConnector of vLLM v0.27.1 hands over the cache of one stage. | ${hint}`,
    ]);
    expect(both('MooncakeConnector')).toEqual([]);
    expect(both('MooncakeConnector', 'vllm/vllm-openai:v0.23.0')).toEqual([
      `error kv_transfer: decode group1 has 2 pipeline stages, and MooncakeConnector of vLLM v0.23.0 hands over the cache of one stage. | ${hint}`,
    ]);
  });

  it('of containers leave memory for transfers unlocked only on purpose', () => {
    expect(faultLines(vllmDeployment({ services: '  container: {flags: [--ulimit=memlock=65536]}\n' }))).toEqual([
      'warning kv_transfer: services.container.flags limits locked memory to 65536, and transfers of key-value caches lock all that they move. | Remove it: omniplace sets memlock to -1, which is unlimited.',
    ]);
    expect(faultLines(vllmDeployment({ services: '  container: {flags: [--ulimit, memlock=-1]}\n' }))).toEqual([]);
  });

  it('of Mooncake say how long a lost transfer holds a request, unless that is set', () => {
    const both = (prefill: string) =>
      faultLines(
        vllmDeployment({
          services: `  prefill: {kv_connector: MooncakeConnector${prefill}}\n  decode: {kv_connector: MooncakeConnector}\n`,
        }),
      );
    expect(both('')).toEqual([
      'warning kv_transfer: A transfer of Mooncake that is lost leaves its request waiting for 480 seconds, and its memory held on prefill group1. | Set env: {VLLM_MOONCAKE_ABORT_REQUEST_TIMEOUT: SECONDS} to the longest that a request may wait for decode, such as 120.',
    ]);
    expect(both(`, ${ABORT}`)).toEqual([]);
  });

  it('of LMCache that it needs are not removed', () => {
    const lines = (env: string) => faultLines(mixedVllm(`kv_connector: LMCacheConnectorV1, env: {${env}}`));
    expect(lines('PYTHONHASHSEED: null')).toEqual([
      "error kv_transfer: PYTHONHASHSEED: null removes what the processes of a server need to find each other's cache in LMCache. | Remove the line: omniplace sets it.",
    ]);
    expect(lines('LMCACHE_CONFIG_FILE: /a.yaml')).toEqual([
      'error kv_transfer: omniplace writes the file that LMCACHE_CONFIG_FILE names. | Remove it, and set what it contains in lmcache_config.',
    ]);
  });

  it.each([
    ['NixlConnector', 'VLLM_NIXL_SIDE_CHANNEL_PORT', 5600, '(5600-5603) and by the KV transfer of p0 (5600-5603)'],
    ['MooncakeConnector', 'VLLM_MOONCAKE_BOOTSTRAP_PORT', 8998, '(8998) and by the KV transfer of p0 (8998)'],
  ])('of ports of one host must not meet: %s', (connector, variable, port, ranges) => {
    const group = (dies: string) =>
      `hosts: "10.0.0.1", devices: "${dies}", kv_connector: ${connector}, env: {${variable}: ${port}}, tensor_parallel_size: 1`;
    const { deployment, topology } = vllmDeployment({ prefill: [group('0,1,2,3'), group('4,5,6,7')] });
    const ports = topology.nodes.flatMap(boundPorts(engineOf('vllm'), deployment, topology));
    const found = checkTopology(deployment, topology, ports, () => ({ line: null, col: null }));
    expect(found.map(({ code, message, hint }) => `${code}: ${message} | ${hint}`)).toEqual([
      `port_collision: Port ${port} of 10.0.0.1 is wanted twice: by the KV transfer of p1 ${ranges}. | Change env.${variable}.`,
    ]);
  });

  it('of experts are refused where they are uneven without redundant ones too', () => {
    expect(linesWith('enable_expert_parallel: true, enable_eplb: true', '  model: {experts: 250}\n')).toEqual([
      "error eplb_setting: 250 + 0 experts can't be shared evenly by the 8 ranks of decode group1. | num_redundant_experts is the total over all ranks: 6, or 14, and so on.",
    ]);
  });

  it('of experts may be uneven where vLLM does not move them', () => {
    const eplb = 'enable_expert_parallel: true, eplb_config: {num_redundant_experts: 0}';
    expect(linesWith(eplb, '  model: {experts: 250}\n')).toEqual([]);
  });

  it('are refused where experts are not shared evenly', () => {
    const eplb = 'enable_expert_parallel: true, enable_eplb: true, eplb_config: {num_redundant_experts: 4}';
    expect(linesWith(eplb, '  model: {experts: 250}\n')).toEqual([
      "error eplb_setting: 250 + 4 experts can't be shared evenly by the 8 ranks of decode group1. | num_redundant_experts is the total over all ranks: 6, or 14, and so on.",
    ]);
  });

  it('must be the same on all hosts of an instance', () => {
    const decode = [
      'hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 8, enable_expert_parallel: true, host 10.0.0.3: {enable_eplb: true}',
    ];
    expect(faultLines(vllmDeployment({ decode }))).toEqual([
      'error unequal_settings: Decode group1 has another `enable_eplb` on 10.0.0.3 than on 10.0.0.2. | Its ranks work together and must agree: set it for the group.',
    ]);
  });

  it('of the router fit the servers', () => {
    expect(faultLines(vllmDeployment({ proxy: ', policy: power_of_two' }))).toEqual([
      'error engine_value: policy: power_of_two chooses between two prefill servers, and there is one. | Choose round_robin or cache_aware.',
    ]);
  });

  it('of the router are for an image that has it', () => {
    const warning = (image: string) =>
      `warning engine_value: The proxy's image is ${image}, and images of vllm/vllm-openai do not contain vllm-router. | Set deployment.proxy.image to one that does, such as one of your own with \`pip install vllm-router\`.`;
    const withoutImage = vllmText({}).replace(', image: "router:1"', '');
    expect(faultLines(renderedVllm(withoutImage))).toEqual([warning('vllm/vllm-openai:v0.27.1')]);
    expect(
      faultLines(renderedVllm(withoutImage.replace('docker_image: vllm/vllm-openai', 'docker_image: mine'))),
    ).toEqual([]);
  });

  it('with LMCache are refused, since vllm-router can not lead requests through it', () => {
    const services = '  prefill: {kv_connector: LMCacheConnectorV1}\n  decode: {kv_connector: LMCacheConnectorV1}\n';
    const line =
      "error kv_transfer: vllm-router can't lead requests through LMCache: prefill must get the ports of its receiver with each request (disagg_spec), and ends at the first one without them. | Use NixlConnector or MooncakeConnector. LMCache is for mixed servers.";
    expect(faultLines(vllmDeployment({ services }))).toEqual([line, line]);
    expect(faultLines(vllmDeployment({ services: services.replaceAll('V1', '') }))).toEqual([
      'error retired_name: vLLM v0.27.1 has no connector LMCacheConnector. | Use NixlConnector.',
      'error retired_name: vLLM v0.27.1 has no connector LMCacheConnector. | Use NixlConnector.',
    ]);
  });

  it('of Mooncake have tensor parallel sizes that divide each other', () => {
    const services = `  prefill: {kv_connector: MooncakeConnector, ${ABORT}}\n  decode: {kv_connector: MooncakeConnector}\n`;
    const decode = ['hosts: "10.0.0.2", devices: "0,1,2,3,4,5"'];
    expect(faultLines(vllmDeployment({ decode, services }))).toEqual([
      'error pair_mismatch: Tensor parallel sizes 8 of prefill group1 and 6 of decode group1: neither is a multiple of the other. | Each part of the cache goes to whole ranks: choose sizes that divide each other.',
    ]);
  });
});

describe('keys of another engine', () => {
  const faultsIn = (text: string) =>
    readDeployment(text, { file: 'f.yml', directory: '/', home: '/' }).faults.map(
      ({ code, path, message, hint }) => `${code} ${path}: ${message} | ${hint}`,
    );

  it('are refused with what vLLM has instead', () => {
    const services = '  launcher: pd_run\n  decode: {placement: {mode: base}}\n';
    expect(faultsIn(vllmText({ services, proxy: ', decode_lb_sdk: round_robin' }))).toEqual([
      'other_engine_key deployment.proxy.decode_lb_sdk: `decode_lb_sdk` is a key of engine omni; engine vllm does not read it. | Set decode_policy.',
      'other_engine_key services.launcher: `launcher` is a key of engine omni; engine vllm does not read it. | Remove it: `vllm serve` starts every server.',
      'other_engine_key services.decode.placement: `placement` is a key of engine omni; engine vllm does not read it. | Released vLLM takes no map of experts. Set enable_eplb and eplb_config to let it move experts itself.',
    ]);
  });

  it('are refused in files of the other one too', () => {
    const text = vllmText({ decode: ['hosts: "10.0.0.2", tensor_parallel_size: 8'] })
      .replace('  engine: vllm\n  accelerator: cuda\n', '')
      .replace(', image: "router:1"', '');
    expect(faultsIn(text)).toEqual([
      'other_engine_key deployment.decode.group1.tensor_parallel_size: `tensor_parallel_size` is a key of engine vllm; engine omni does not read it. | Remove it. Its own keys here: tp, pp, pp_layer_partition, num_servers, num_speculative_tokens, speculative_config, enforce_eager, enable_expert_parallel, enable_prefix_caching, enable_chunked_prefill, disable_log_requests, block_size, dtype, load_format, reasoning_parser, reasoning_config, enable_auto_tool_choice, tool_call_parser, tool_parser_plugin, chat_template, distributed_executor_backend, ray_port, ray_min_worker_port, ray_max_worker_port, kv_transfer_config, vllm_llmdatadist_zmq_port, kv_events_config, model_path, prepend_env, proc_bind, extra_config, additional_config, placement.',
    ]);
  });
});

describe('lmcache_config', () => {
  it.each([
    [
      'enable_nixl: true',
      "error kv_transfer: `enable_nixl` is of LMCache's transfer between prefill and decode, and a mixed server has none. | Remove it.",
    ],
    [
      'pd_role: sender',
      "error kv_transfer: `pd_role` is of LMCache's transfer between prefill and decode, and a mixed server has none. | Remove it.",
    ],
    [
      'controller_url: "a:1"',
      'error retired_name: LMCache has no `controller_url` since 0.3.9. | Use controller_pull_url.',
    ],
    [
      'chunk_sise: 512',
      'warning engine_key: LMCache has no `chunk_sise`, and would drop it. | Did you mean `chunk_size`?',
    ],
    [
      'frobnicate: 1',
      'warning engine_key: LMCache has no `frobnicate`, and would drop it. | Remove it, or correct its name.',
    ],
    [
      'max_local_cpu_size: 0',
      'error engine_value: max_local_cpu_size must be a number of GB above 0, with which LMCache starts; it is `0`. | Remove it: LMCache takes 5 GB for each rank.',
    ],
  ])('%s', (config, line) => {
    expect(faultLines(mixedVllm(`kv_connector: LMCacheConnectorV1, lmcache_config: {${config}}`))).toEqual([line]);
  });

  it('is not silent where nothing reads it', () => {
    const config = 'lmcache_config: {chunk_size: 512}';
    expect(faultLines(vllmDeployment({ services: `  decode: {${config}}\n` }))).toEqual([
      'error kv_transfer: Nothing reads lmcache_config: decode group1 has the connector NixlConnector. | Remove it.',
    ]);
    expect(faultLines(mixedVllm(config))).toEqual([
      'error kv_transfer: Nothing reads lmcache_config: mixed group1 has the connector NixlConnector. | Set kv_connector: LMCacheConnectorV1, or remove it.',
    ]);
  });

  it('takes what LMCache has, and its role is not set by hand', () => {
    const config =
      'lmcache_config: {chunk_size: 512, max_local_cpu_size: 20, extra_config: {a: 1}, storage_plugins: [x]}';
    expect(faultLines(mixedVllm(`kv_connector: LMCacheConnectorV1, ${config}`))).toEqual([]);
    const role =
      'kv_connector: LMCacheConnectorV1, kv_transfer_config: {kv_role: kv_producer, kv_conector_extra_config: {}}';
    expect(faultLines(mixedVllm(role))).toEqual([
      'error engine_argument: omniplace sets `kv_role` of kv_transfer_config itself. | Remove it: it follows from the role of the servers.',
      'error engine_key: --kv-transfer-config of vLLM v0.27.1 has no `kv_conector_extra_config`. | Did you mean `kv_connector_extra_config`?',
    ]);
    expect(faultLines(mixedVllm('kv_connector: MultiConnector'))).toEqual([
      "error bad_value: omniplace can't set the connector MultiConnector up. | Use LMCacheConnectorV1.",
    ]);
  });
});
