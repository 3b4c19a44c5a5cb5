import type { JsonObject } from '../deployment/deployment.ts';
import type { Profile } from './profile.ts';

/** Of the containers: omniplace mounts synced code there too. */
const CODE_PATH = '/workspace/omniinfer';

export const OWN_TABLES = "omniplace's own rank tables take its place";

/** Variables that omniplace sets from hosts, dies, ports and other keys, with its values; null: whatever it is. */
export type OwnVariables = Readonly<Record<string, string | null>>;

/** Variables that omniplace sets where the file does not: omni_cli did not. */
const OTHERWISE_SET = [
  'HCCL_BUFFSIZE',
  'HCCL_OP_EXPANSION_MODE',
  'VLLM_ENABLE_MC2',
  'PYTORCH_NPU_ALLOC_CONF',
  'ASCEND_GLOBAL_LOG_LEVEL',
  'ENABLE_APC_EVENT',
  'ENABLE_OVERWRITE_REQ_IDS',
  'HCCL_RDMA_TIMEOUT',
  'LLM_WAITING_OUT',
  'OMNI_USE_DSV3',
  'AUTO_USE_UC_MEMORY',
];

/** `env` and `prepend_env` of a server, from its profile. What omniplace sets to the same value is not among them. */
export function profileEnv(profile: Profile, own: OwnVariables): JsonObject {
  const env: Record<string, string | null> = {};
  const prepended: Record<string, string> = {};
  for (const name of profile.envNames()) {
    if (own[name] === null) continue;
    const before = new RegExp(`^(.*[^:]):\\$\\{?${name}\\}?$`).exec(profile.written(name))?.[1];
    if (/RANK_?TABLE/.test(name)) profile.leave(['env', name], OWN_TABLES);
    else if (/^\s*\$\((ls|echo)\b/.test(profile.written(name)) && own[name] !== undefined)
      profile.leave(['env', name], `omniplace's own list takes its place: ${own[name]}`);
    else if (before !== undefined) prepended[name] = profile.text(['env', name], before) ?? before;
    else {
      const value = passedValue(profile, name);
      if (name === 'CODE_PATH' && value !== CODE_PATH)
        profile.leave(['env', name], `the code is at ${CODE_PATH} in omniplace's containers`);
      else if (value !== null && value !== own[name]) {
        env[name] = value;
        const ofHosts = name === 'LOG_PATH' ? undefined : own[name];
        if (ofHosts !== undefined && value !== '')
          profile.leave(['env', name], `kept, but hosts, dies and groups give ${ofHosts}`);
      }
    }
  }
  for (const name of OTHERWISE_SET) if (!profile.envNames().includes(name)) env[name] = null;
  return {
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(Object.keys(prepended).length === 0 ? {} : { prepend_env: prepended }),
  };
}

/** omni_cli adds the name of the host to the folder of logs. */
function passedValue(profile: Profile, name: string): string | null {
  const value = profile.env(name);
  return name === 'LOG_PATH' && value !== null ? `${value}/${profile.name}` : value;
}
