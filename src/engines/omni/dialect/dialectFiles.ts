/** Files that show the dialect, relative to OmniInfer's source tree. */
export const DIALECT_FILES = {
  /** Without it this is not the code of OmniInfer. */
  pdRun: 'tools/scripts/pd_run.sh',
  apiServers: 'tools/scripts/start_api_servers.py',
  nzConfig: 'tools/scripts/process_nz_config.py',
  procBind: 'omni/tools/profiler/proc_bind/proc_marker_namelist.yml',
  globalProxy: 'omni/accelerators/sched/global_proxy/global_proxy.sh',
  omniProxy: 'omni/accelerators/sched/omni_proxy/omni_proxy.sh',
  /** Switches OmniPlacement on by --additional-config, in code that has no model_config.py. */
  worker: 'omni/adaptors/vllm/worker/npu_worker.py',
  modelConfig: 'omni/models/common/config/model_config.py',
  configLoader: 'omni/models/config_loader/loader.py',
  pyproject: 'pyproject.toml',
} as const;

/** Texts by path relative to the source tree; absent: not there. */
export type DialectTexts = Readonly<Partial<Record<string, string>>>;
