import type { Deployment } from '../../deployment/deployment.ts';
import { engineOf } from '../../engines/index.ts';
import type { ReadApiKey } from '../../runner/context.ts';
import { resolveSecret } from './secrets.ts';

/** Reads the key of a deployment's servers when a request first needs it: `api_key`, else the one that the engine is given. */
export function apiKeyReader(deployment: Deployment): ReadApiKey {
  let read: Promise<string | null> | null = null;
  return () => {
    read ??= readApiKey(deployment);
    return read;
  };
}

async function readApiKey(deployment: Deployment): Promise<string | null> {
  const { apiKey, engine } = deployment;
  const secret = apiKey === null ? engineOf(engine).apiKey?.(deployment) : await resolveSecret(apiKey);
  return secret?.reveal() ?? null;
}
