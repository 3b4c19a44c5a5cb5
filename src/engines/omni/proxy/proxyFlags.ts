/** Arguments of global_proxy.sh that a proxy can't do without, and the key of the deployment file that each carries. */
export const PROXY_FLAGS: ReadonlyMap<string, string> = new Map([
  ['--listen-port', 'listen_port'],
  ['--prefill-servers-list', 'deployment.prefill'],
  ['--decode-servers-list', 'deployment.decode'],
  ['--log-file', 'services.log_path'],
  ['--core-num', 'core_num'],
  ['--start-core-index', 'start_core_index'],
  ['--prefill-lb-sdk', 'prefill_lb_sdk'],
  ['--decode-lb-sdk', 'decode_lb_sdk'],
]);
