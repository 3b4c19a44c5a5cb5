import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { versionInWords } from '../dialect/hostDialects.ts';
import { proxyFlags } from '../proxy/proxyFlags.ts';
import { API_SERVERS_FLAGS } from '../server/apiServersArgs.ts';
import { OWN_FLAGS } from '../server/pdRunArgs.ts';
import { omniProxySettings, omniSettings } from '../settings.ts';

const HINT = 'Use an image of a version that has it.';
const PROXY = 'deployment.proxy';

/** Scripts that are not there, and arguments without which they would not start what the file describes. */
export function* checkScripts(deployment: Deployment, dialect: Dialect, position: Positions): Generator<Fault> {
  if (deployment.mixed.length > 0) return;
  const faultAt = (path: string, message: string, hint = HINT): Fault => ({
    code: 'engine_version',
    severity: 'error',
    message,
    hint,
    file: deployment.file,
    path,
    ...position(path),
  });
  const isPdRun = omniSettings(deployment).launcher === 'pd_run';
  const proxy = proxyFlags(deployment);
  const version = versionInWords(dialect);
  const scripts = [
    [isPdRun ? 'pd_run.sh' : 'start_api_servers.py', 'services.launcher', isPdRun ? OWN_FLAGS : API_SERVERS_FLAGS],
    [proxy.script, PROXY, proxy.flags],
  ] as const;
  for (const [script, path, needed] of scripts) {
    const missing = missingFlags(dialect, script, needed);
    if (missing !== null) {
      const lacks = missing.filter(([flag]) => flag !== '--decode-pod-num' || deployment.decode.length > 1);
      for (const [flag, key] of lacks)
        yield faultAt(
          key.startsWith(`${PROXY}.`) ? key : path,
          `${script} of ${version} has no ${flag}, which carries \`${key}\`.`,
        );
    } else if (script === 'omni_proxy.sh')
      yield faultAt(
        `${PROXY}.use_omni_proxy`,
        `${version} has no omni_proxy.sh.`,
        'Remove use_omni_proxy, so that global_proxy.sh is started, or use an image of a version that has it.',
      );
    else yield faultAt(path, `${version} has no ${script}, by which \`${path}\` is started.`);
  }
  const policy = unknownPolicy(deployment, dialect);
  if (policy !== null)
    yield faultAt(
      `${PROXY}.omni_proxy_pd_policy`,
      `omni_proxy.sh of ${version} has no policy ${policy}.`,
      `It has ${dialect.pdPolicies.join(', ')}.`,
    );
}

/** Flags with the key that each carries; null: the script is not there. */
function missingFlags({ flags }: Dialect, script: keyof Dialect['flags'], needed: ReadonlyMap<string, string>) {
  const known = flags[script];
  return known === null ? null : [...needed].filter(([flag]) => !known.includes(flag));
}

/** The policy of omni_proxy that its script refuses; null: it has it. */
function unknownPolicy({ proxy }: Deployment, { pdPolicies }: Dialect): string | null {
  const { useOmniProxy, omniProxy } = omniProxySettings(proxy!);
  const policy = String(omniProxy.omni_proxy_pd_policy);
  return useOmniProxy && pdPolicies.length > 0 && !pdPolicies.includes(policy) ? policy : null;
}
