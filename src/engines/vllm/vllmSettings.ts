import type { Deployment, JsonObject, ProxyEntry, RoleSettings } from '../../deployment/deployment.ts';

/** vLLM's own keys of `services`. */
export interface VllmSettings {
  /** As written; null: the image's tag shows it. */
  readonly version: string | null;
}

export type LoadBalancing = 'internal' | 'hybrid' | 'external';

/** vLLM's own keys of a role. A size that is null follows from hosts and devices. */
export interface VllmRoleSettings {
  readonly tensorParallelSize: number | null;
  readonly pipelineParallelSize: number | null;
  readonly dataParallelSize: number | null;
  readonly loadBalancing: LoadBalancing;
  readonly apiServerCount: number | null;
  readonly enableExpertParallel: boolean;
  readonly all2allBackend: string | null;
  readonly enableEplb: boolean;
  readonly eplbConfig: JsonObject;
  readonly kvConnector: string;
  readonly kvTransferConfig: JsonObject;
  readonly lmcacheConfig: JsonObject;
  readonly compilationConfig: JsonObject;
  readonly speculativeConfig: JsonObject;
  readonly shutdownTimeoutS: number;
}

/** vllm-router's options. */
export interface VllmRouterSettings {
  /** null: that of the servers. */
  readonly image: string | null;
  readonly policy: string;
  readonly prefillPolicy: string | null;
  readonly decodePolicy: string | null;
  readonly prometheusPort: number;
  readonly intraNodeDataParallelSize: number;
  readonly routerArgs: readonly string[];
}

// what vllmSettingsParser made: the form of `engineSettings` is used in these two files only

export function vllmSettings({ engineSettings }: Pick<Deployment, 'engineSettings'>): VllmSettings {
  return engineSettings as VllmSettings;
}

export function vllmRoleSettings({ engineSettings }: Pick<RoleSettings, 'engineSettings'>): VllmRoleSettings {
  return engineSettings as VllmRoleSettings;
}

export function vllmRouterSettings({ engineSettings }: Pick<ProxyEntry, 'engineSettings'>): VllmRouterSettings {
  return engineSettings as VllmRouterSettings;
}
