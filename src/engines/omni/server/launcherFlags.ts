/** Arguments that both launchers have, each with the key of the deployment file that it carries. */
export const SHARED_FLAGS: readonly (readonly [flag: string, key: string])[] = [
  ['--num-servers', 'ascend_rt_visible_devices'],
  ['--num-dp', 'ascend_rt_visible_devices'],
  ['--server-offset', 'ascend_rt_visible_devices'],
  ['--model-path', 'services.model_path'],
  ['--master-ip', 'hosts'],
  ['--master-port', 'master_port'],
  ['--base-api-port', 'base_api_port'],
  ['--tp', 'ascend_rt_visible_devices'],
  ['--served-model-name', 'services.served_model_name'],
  ['--max-model-len', 'max_model_len'],
  ['--gpu-util', 'gpu_util'],
  ['--additional-config', 'additional_config'],
  ['--extra-args', 'extra_args'],
  ['--log-dir', 'services.log_path'],
];

export const BACKEND_FLAG = '--distributed-executor-backend';
export const PP_FLAG = '--pp';
export const MTP_FLAG = '--num-speculative-tokens';

/** Of start_api_servers.py. */
export const DEFAULT_BLOCK_SIZE = 128;
