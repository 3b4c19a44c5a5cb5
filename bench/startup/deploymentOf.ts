/** A sound deployment of so many prefill instances of a host each, and one decode instance. */
export function deploymentOf(prefill: number, decode: number): string {
  const address = (n: number) => `10.0.0.${n + 1}`;
  const group = (n: number) =>
    `    group${n + 1}: {hosts: ${address(n)}, master_port: ${8000 + n}, base_api_port: ${9000 + n}}\n`;
  const decodeHosts = Array.from({ length: decode }, (_, i) => address(prefill + i)).join(',');
  return `deployment:
  defaults: {user: root, agent: true, ascend_rt_visible_devices: "0,1,2,3"}
  prefill:
${Array.from({ length: prefill }, (_, i) => group(i)).join('')}
  decode:
    group1: {hosts: "${decodeHosts}", master_port: 8500, base_api_port: 9500}
  proxy: {host: 10.0.0.1, listen_port: 7000, prefill_lb_sdk: pd_score_balance, decode_lb_sdk: pd_score_balance}
services:
  name: many
  docker_image: omni:1
  model_path: /data/models/r1
  model: {moe_layers: 58, experts: 256, top_k: 8, first_dense_layers: 3}
  served_model_name: r1
  log_path: /data/log
`;
}

/** The same of vLLM: instances of a host each, and a decode instance that spreads experts over all of its hosts. */
export function vllmDeploymentOf(prefill: number, decode: number): string {
  return deploymentOf(prefill, decode)
    .replace(/ascend_rt_visible_devices/, 'devices')
    .replace(/, prefill_lb_sdk.*}/, ', image: "router:1"}')
    .replace('docker_image: omni:1', 'engine: vllm\n  accelerator: cuda\n  docker_image: vllm/vllm-openai:v0.27.1')
    .replace(
      'services:\n',
      `services:
  prefill: {tensor_parallel_size: 1, enable_expert_parallel: true, extra_args: ["--trust-remote-code"]}
  decode: {enable_expert_parallel: true, all2all_backend: deepep_low_latency, compilation_config: {cudagraph_mode: FULL_DECODE_ONLY}}
`,
    );
}
