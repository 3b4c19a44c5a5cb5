import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { versionInWords } from '../dialect/hostDialects.ts';
import { PROXY_FLAGS } from '../proxy/proxyFlags.ts';
import { API_SERVERS_FLAGS } from '../server/apiServersArgs.ts';
import { OWN_FLAGS } from '../server/pdRunArgs.ts';
import { omniSettings } from '../settings.ts';

/** Scripts that are not there, and arguments without which they would not start what the file describes. */
export function* checkScripts(deployment: Deployment, dialect: Dialect, position: Positions): Generator<Fault> {
  if (deployment.mixed.length > 0) return;
  const launcher = omniSettings(deployment).launcher === 'pd_run' ? 'pd_run.sh' : 'start_api_servers.py';
  const needed = { 'pd_run.sh': OWN_FLAGS, 'start_api_servers.py': API_SERVERS_FLAGS, 'global_proxy.sh': PROXY_FLAGS };
  const version = versionInWords(dialect);
  const scripts: readonly (readonly [script: keyof typeof needed, key: string])[] = [
    [launcher, 'services.launcher'],
    ['global_proxy.sh', 'deployment.proxy'],
  ];
  for (const [script, path] of scripts) {
    const fault = (message: string): Fault => ({
      code: 'engine_version',
      severity: 'error',
      message,
      hint: 'Use an image of a version that has it.',
      file: deployment.file,
      path,
      ...position(path),
    });
    const missing =
      missingFlags(dialect, script, needed[script])?.filter(
        ([flag]) => flag !== '--decode-pod-num' || deployment.decode.length > 1,
      ) ?? null;
    if (missing === null) yield fault(`${version} has no ${script}, by which \`${path}\` is started.`);
    for (const [flag, key] of missing ?? [])
      yield fault(`${script} of ${version} has no ${flag}, which carries \`${key}\`.`);
  }
}

/** Flags with the key that each carries; null: the script is not there. */
function missingFlags({ flags }: Dialect, script: keyof Dialect['flags'], needed: ReadonlyMap<string, string>) {
  const known = flags[script];
  return known === null ? null : [...needed].filter(([flag]) => !known.includes(flag));
}
