import { sha256 } from '../files/digests.ts';
import { isMap } from '../files/maps.ts';
import type { Deployment, DeploymentSource, JsonObject } from './deployment.ts';
import { splitPath } from './overrides.ts';
import { apiKeysOf, masked, plainSecrets } from './plainSecrets.ts';
import { isPlainValue, isSecretName } from './secretName.ts';

/** Keys of a login: text there is a secret, whatever it looks like. */
const SECRET_KEYS = new Set(['password', 'passphrase']);

const REDACTED = '[REDACTED]';

/** What a deployment was read from, as it may be kept. */
export function sourceOf(
  text: string,
  plain: unknown,
  overrides: readonly string[],
  deployment: Deployment,
): DeploymentSource {
  const document = masked(withoutSecrets(plain), plainSecrets(deployment)) as JsonObject;
  return { document, overrides: overrides.map((written) => overrideIn(document, written)), digest: sha256(text) };
}

function withoutSecrets(value: unknown, key = ''): unknown {
  if (isMap(value))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutSecrets(each, name)]));
  if (Array.isArray(value)) return masked(value, apiKeysOf(value)).map((each) => withoutSecrets(each));
  if (typeof value !== 'string') return value;
  const isSecret = SECRET_KEYS.has(key) || (isSecretName(key) && !isPlainValue(value));
  return isSecret ? REDACTED : value;
}

/** With its value as the document has it. */
function overrideIn(document: unknown, written: string): string {
  const path = written.split('=', 1)[0]!.trim();
  let value: unknown = document;
  for (const key of splitPath(path)) value = isMap(value) ? value[key] : undefined;
  if (value === undefined) return `${path}=${REDACTED}`;
  return `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
