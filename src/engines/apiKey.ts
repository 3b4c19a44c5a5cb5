import type { Deployment } from '../deployment/deployment.ts';
import { apiKeysOf } from '../deployment/plainSecrets.ts';
import { Secret } from '../deployment/secret.ts';
import { variablesOf } from '../deployment/secretName.ts';

/** The variable that vLLM's servers read their key from. */
const KEY = 'VLLM_API_KEY';

/** Servers of one cluster have one key: their proxy passes a client's on. */
export function apiKey({ prefill, decode, mixed, container }: Deployment): Secret | null {
  const settings = [...prefill, ...decode, ...mixed].map((group) => group.settings);
  const ofContainer = variablesOf(container.flags).flatMap(([, name, value]) => (name === KEY ? [value] : []));
  const keys = settings.flatMap(({ env, extraArgs }) => [...apiKeysOf(extraArgs), ...(env[KEY] ? [env[KEY]] : [])]);
  const [key] = [...keys, ...ofContainer];
  return key === undefined ? null : new Secret(key);
}
