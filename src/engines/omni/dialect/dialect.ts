/** Scripts of OmniInfer that start scripts call. */
export type ScriptName = 'pd_run.sh' | 'start_api_servers.py' | 'global_proxy.sh' | 'omni_proxy.sh';

/** What one state of OmniInfer's code accepts and does, as its own texts show it. */
export interface Dialect {
  /** Of the package omni_infer. Months of development share one, so nothing follows from it; it is for messages. */
  readonly version: string | null;
  /** Long options that each script accepts, sorted; null: the script is not there. */
  readonly flags: Readonly<Record<ScriptName, readonly string[] | null>>;
  /** Variables that pd_run.sh sets whatever its environment holds: a value has to go through the flag, if there is one. */
  readonly variables: Readonly<Record<string, ScriptVariable>>;
  /** Variable that names the file of the engine's extra configuration; null: the engine reads no such variable. */
  readonly extraConfigVariable: string | null;
  /** Where OmniPlacement is switched on; null: the texts do not show it. */
  readonly placementFrom: 'extra-config' | 'additional-config' | null;
  /** pd_run.sh starts servers without MTP when `--num-speculative-tokens` is 0; false: always with it. */
  readonly zeroDisablesMtp: boolean;
  /** start_api_servers.py passes its `--num-speculative-tokens` to the server; false: it always passes 1. */
  readonly passesMtpTokens: boolean;
  /** What start_api_servers.py does when something listens on, or still holds, the first port. */
  readonly takenPort: 'fails' | 'moves-on';
  /** Arguments of the `ray start` by which pd_run.sh itself starts the head of an instance over several hosts; null: it starts none. */
  readonly rayHead: readonly string[] | null;
  /** start_api_servers.py ends with 0 on a prefill host whose HOST_IP and LOCAL_HOST_IP differ. */
  readonly comparesLocalHostIp: boolean;
  /** process_nz_config.py is there, which is run before decode servers start. */
  readonly hasNzConfig: boolean;
}

export interface ScriptVariable {
  /** Flag of pd_run.sh that sets it; null: no flag has an effect on it. */
  readonly flag: string | null;
  /** What it is without the flag; null: computed by the script. */
  readonly value: string | null;
  /** Processes that pd_run.sh starts inherit it even if the environment did not have it. */
  readonly exported: boolean;
}

/** A dialect that was read from OmniInfer's public sources. */
export interface KnownDialect {
  readonly name: string;
  readonly repository: string;
  readonly commit: string;
  /** Of the commit. */
  readonly date: string;
  readonly release: string | null;
  readonly dialect: Dialect;
}
