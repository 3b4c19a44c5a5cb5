import type { Deployment } from './deployment.ts';
import { credentialsOf, isPlainValue, isSecretName, variablesOf } from './secretName.ts';

/**
 * Secrets that a deployment holds as plain text beside its logins' passwords, longest first: of the engine's environment, of
 * docker's flags, of the HTTP proxy. They go to the hosts, and nowhere else.
 */
export function plainSecrets({ prefill, decode, mixed, container, httpProxy, apiKey }: Deployment): readonly string[] {
  const settings = [...prefill, ...decode, ...mixed].flatMap((group) => [
    group.settings,
    ...group.hosts.map((host) => host.settings),
  ]);
  const variables = [
    ...settings.flatMap(({ env }) => Object.entries(env)),
    ...settings.flatMap(({ extraArgs }) => apiKeysOf(extraArgs).map((key) => ['api_key', key] as const)),
    ...variablesOf(container.flags).map(([, name, value]) => [name, value] as const),
  ];
  const found = variables.flatMap(([name, value]) => (isSecretName(name) && !isPlainValue(value) ? [value] : []));
  const credentials = httpProxy === null ? null : credentialsOf(httpProxy);
  const key = apiKey?.from === 'plain' ? [apiKey.value.reveal()] : [];
  const all = [...found, ...key, ...(credentials === null ? [] : [credentials])];
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

/** `--api-key K`, `--api-key=K` */
export function apiKeysOf(args: readonly unknown[]): readonly string[] {
  return args.flatMap((arg, i) => {
    const joined = /^--api-key=(.+)$/s.exec(String(arg))?.[1];
    return args[i - 1] === '--api-key' ? [String(arg)] : joined === undefined ? [] : [joined];
  });
}

/** The same value with `[REDACTED]` for each secret in its texts, whatever its shape. */
export function masked<T>(value: T, secrets: readonly string[]): T {
  if (secrets.length === 0) return value;
  // as it is, and as it stands in the shell's quotes
  const forms = secrets.flatMap((secret) => [...new Set([secret.replaceAll("'", "'\\''"), secret])]);
  const mask = (text: string) => forms.reduce((rest, form) => rest.replaceAll(form, '[REDACTED]'), text);
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return mask(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null || Object.getPrototypeOf(part) !== Object.prototype) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value) as T;
}
