import type { JsonObject } from '../deployment/deployment.ts';
import type { Profile } from './profile.ts';

const ARGS = new Set(['listen-port', 'prefill-lb-sdk', 'decode-lb-sdk', 'core-num', 'start-core-index']);
/** They follow from other keys, or only servers read them. */
const FOLLOWING = new Set(['API_PORT', 'CODE_PATH', 'HTTP_PROXY', 'LOG_PATH', 'MODEL_PATH', 'PROXY_NODE_PORT', 'ROLE']);

/** Keys by the argument and the variable that each comes from. */
const KEYS: readonly (readonly [key: string, argument: string | null, variable: string])[] = [
  ['prefill_lb_sdk', 'prefill-lb-sdk', 'PREFILL_LB_SDK'],
  ['decode_lb_sdk', 'decode-lb-sdk', 'DECODE_LB_SDK'],
  ['core_num', 'core-num', 'GLOBAL_PROXY_CORE_NUM'],
  ['start_core_index', 'start-core-index', 'GLOBAL_PROXY_START_CORE_INDEX'],
];
/** Of omni_proxy.sh, with what omni_cli passes where the file has none; null: what omniplace passes too. */
const OMNI_KEYS: readonly (readonly [key: string, variable: string, otherwise: number | null])[] = [
  ['access_log_file', 'ACCESS_LOG_FILE', null],
  ['omni_proxy_pd_policy', 'OMNI_PROXY_PD_POLICY', null],
  ['omni_proxy_max_batch_num_token', 'OMNI_PROXY_MAX_BATCH_NUM_TOKEN', null],
  ['omni_proxy_prefill_max_num_seqs', 'OMNI_PROXY_PREFILL_MAX_NUM_SEQS', 32],
  ['omni_proxy_decode_max_num_seqs', 'OMNI_PROXY_DECODE_MAX_NUM_SEQS', 48],
  ['omni_proxy_schedule_algo', 'OMNI_PROXY_SCHEDULE_ALGO', null],
  ['omni_proxy_prefill_starvation_timeout', 'OMNI_PROXY_PREFILL_STARVATION_TIMEOUT', null],
];

/** Keys of `deployment.proxy`; what the profile has beyond them is noted. */
export function profileProxy(profile: Profile, usesOmniProxy: boolean): JsonObject {
  const shared = KEYS.map(([key, argument, variable]) => [
    key,
    (argument === null ? null : profile.arg(argument)) ?? profile.env(variable),
  ]);
  const own = OMNI_KEYS.map(([key, variable, otherwise]) => [key, profile.env(variable) ?? otherwise]);
  const found = [...shared, ...(usesOmniProxy ? [['use_omni_proxy', true], ...own] : [])];
  noteOthers(profile, usesOmniProxy ? OMNI_KEYS.map(([, variable]) => variable) : []);
  return Object.fromEntries(found.filter(([, value]) => value !== null && value !== ''));
}

function noteOthers(profile: Profile, taken: readonly string[]): void {
  const because = 'the proxy takes no such setting';
  for (const name of profile.argNames()) if (!ARGS.has(name)) profile.leave(['args', name], because);
  for (const name of profile.envNames()) {
    const isTaken = FOLLOWING.has(name) || taken.includes(name) || KEYS.some(([, , variable]) => variable === name);
    if (!isTaken) profile.leave(['env', name], because);
  }
}
