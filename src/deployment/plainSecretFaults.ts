import { isMap } from '../files/maps.ts';
import { type Layer, layerAt } from './layers.ts';
import { apiKeysOf } from './plainSecrets.ts';
import { type SchemaFault, valueAt } from './schemaFaults.ts';
import { credentialsOf, isPlainValue, isSecretName, variablesOf } from './secretName.ts';

/** The key that servers ask clients for. */
const SERVER_KEY = 'VLLM_API_KEY';
const ALSO_HERE =
  ' Name a copy on this machine in `services.api_key`, for example `{env: VLLM_API_KEY}`: serve and status ask with it.';

type Warning = SchemaFault & { readonly severity: 'warning' };

/** Secrets in plain text beside passwords: warnings, with the better way. @param places that may hold settings of a role */
export function* plainSecretFaults(plain: unknown, places: readonly Layer[]): Generator<Warning> {
  // what a server is given on its host, omniplace can't read there
  const also = valueAt(plain, ['services', 'api_key']) === undefined ? ALSO_HERE : '';
  const roles = ['prefill', 'decode', 'mixed'].flatMap((role) => layerAt(plain, ['services', role]));
  for (const { path, values } of [...roles, ...places]) {
    for (const [name, value] of Object.entries(isMap(values.env) ? values.env : {})) {
      if (!isSecretName(name) || isPlainValue(String(value))) continue;
      const message = `\`${name}\` stands in the file as plain text.`;
      yield fault([...path, 'env', name], message, `with a line ${name}=...`, name === SERVER_KEY ? also : '');
    }
    if (Array.isArray(values.extra_args) && apiKeysOf(values.extra_args).length > 0) {
      const message = "`--api-key` puts a key among the engine's arguments, which every user of the host can list.";
      yield fault([...path, 'extra_args'], message, 'with a line VLLM_API_KEY=...', also);
    }
  }
  const flags = valueAt(plain, ['services', 'container', 'flags']);
  for (const [i, name, value] of variablesOf(Array.isArray(flags) ? flags : [])) {
    if (!isSecretName(name) || isPlainValue(value)) continue;
    const message = `\`${name}\` stands in the file as plain text, and among docker's arguments, which every user of the host can list.`;
    const line = `with a line ${name}=...`;
    yield fault(['services', 'container', 'flags', String(i)], message, line, name === SERVER_KEY ? also : '');
  }
  const proxy = valueAt(plain, ['services', 'http_proxy']);
  if (typeof proxy === 'string' && credentialsOf(proxy) !== null)
    yield fault(
      ['services', 'http_proxy'],
      'The password of `http_proxy` stands in the file as plain text.',
      'with lines http_proxy=... and https_proxy=...',
    );
}

function fault(path: readonly string[], message: string, withWhat: string, also = ''): Warning {
  const hint = `Keep it in a file that root alone can read on the hosts, ${withWhat}, and name that: \`container: {flags: ["--env-file=/root/secrets.env"]}\`.${also}`;
  return { code: 'plain_secret', severity: 'warning', path, message, hint };
}
