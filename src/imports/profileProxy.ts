import type { Json, JsonObject } from '../deployment/deployment.ts';
import type { Profile } from './profile.ts';

const NOT_READ = 'omni_cli does not read it';
const HASH_SEED = '123';

/** Arguments that each are a key. */
const KEYS: Readonly<Record<string, string>> = { 'prefill-lb-sdk': 'prefill_lb_sdk', 'decode-lb-sdk': 'decode_lb_sdk' };
/** They follow from other keys, or only servers read them. */
const FOLLOWING = new Set(['API_PORT', 'CODE_PATH', 'HTTP_PROXY', 'LOG_PATH', 'MODEL_PATH', 'PROXY_NODE_PORT', 'ROLE']);

/** Variables for omni_proxy.sh, with what omni_cli passes where the file has none; null: what omniplace passes too. */
const OMNI_KEYS: readonly (readonly [key: string, variable: string, otherwise: number | null])[] = [
  ['core_num', 'CORE_NUM', null],
  ['start_core_index', 'START_CORE_INDEX', null],
  ['log_level', 'LOG_LEVEL', null],
  ['access_log_file', 'ACCESS_LOG_FILE', null],
  ['stream_ops', 'STREAM_OPS', null],
  ['omni_proxy_pd_policy', 'OMNI_PROXY_PD_POLICY', null],
  ['omni_proxy_max_batch_num_token', 'OMNI_PROXY_MAX_BATCH_NUM_TOKEN', null],
  ['omni_proxy_prefill_max_num_seqs', 'OMNI_PROXY_PREFILL_MAX_NUM_SEQS', 32],
  ['omni_proxy_decode_max_num_seqs', 'OMNI_PROXY_DECODE_MAX_NUM_SEQS', 48],
  ['omni_proxy_schedule_algo', 'OMNI_PROXY_SCHEDULE_ALGO', null],
  ['omni_proxy_prefill_starvation_timeout', 'OMNI_PROXY_PREFILL_STARVATION_TIMEOUT', null],
];

/** What of the cluster decides about its proxy. */
export interface ProxyPlace {
  readonly usesOmniProxy: boolean;
  readonly modelPath: string | null;
}

/** Keys of `deployment.proxy`; what the profile has beyond them is noted. */
export function profileProxy(profile: Profile, { usesOmniProxy, modelPath }: ProxyPlace): JsonObject {
  const shared = Object.entries(KEYS).map(([argument, key]): [string, Json] => [key, profile.arg(argument)]);
  const own = OMNI_KEYS.map(([key, variable, otherwise]): [string, Json] => [key, profile.env(variable) ?? otherwise]);
  const found = [...shared, ...(usesOmniProxy ? [['use_omni_proxy', true] as [string, Json], ...own] : [])];
  const weights = usesOmniProxy ? profile.env('MODEL_PATH') : modelPath;
  noteOthers(profile, usesOmniProxy);
  return {
    ...Object.fromEntries(found.filter(([, value]) => value !== null && value !== '')),
    ...(weights === modelPath ? {} : { omni_proxy_model_path: weights ?? '' }),
  };
}

function noteOthers(profile: Profile, usesOmniProxy: boolean): void {
  for (const name of profile.argNames())
    if (name !== 'listen-port' && KEYS[name] === undefined) profile.leave(['args', name], NOT_READ);
  for (const name of profile.envNames()) {
    const because = FOLLOWING.has(name) ? null : reasonOf(name, usesOmniProxy, profile);
    if (because !== null) profile.leave(['env', name], because);
  }
}

/** null: it is taken. */
function reasonOf(name: string, usesOmniProxy: boolean, profile: Profile): string | null {
  const isOmni = OMNI_KEYS.some(([, variable]) => variable === name);
  if (isOmni) return usesOmniProxy ? null : 'it is for omni_proxy, and use_omni_proxy is off';
  if (!usesOmniProxy) return 'omni_cli gives global_proxy no variables';
  if (name !== 'PYTHONHASHSEED') return 'omniplace sets no variables of the proxy';
  return profile.env(name) === HASH_SEED ? null : `omniplace's containers have ${HASH_SEED}`;
}
