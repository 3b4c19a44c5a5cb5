import { modelIndex, modelPathsOn } from '../../engines/modelPaths.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { mib } from '../../files/sizes.ts';
import { hosts } from './docker.ts';
import { type Examined, type Finding, findingOn, serverHosts } from './finding.ts';
import { oddOnesOut } from './odd.ts';

/** Left free after everything is pushed. */
const DISK_MARGIN_BYTES = 64 * 1024 * 1024;
/** A packed image grows about so much when docker unpacks it, and is there twice meanwhile. */
const IMAGE_GROWTH = 3;

/** The model, and room for what is pushed, logged and loaded. */
export function pathProblems(examined: Examined, host: ReachedHost): Finding[] {
  const { deployment, pushBytes, imageBytes } = examined;
  const { address } = host;
  const { dockerRoot } = host.machine;
  const problems: Finding[] = modelPathsOn(address, examined).flatMap((path) => modelProblems(path, examined, host));
  const image = imageBytes(address);
  for (const [path, needed, way] of [
    [deployment.statePath, pushBytes(address), 'set services.state_path to a larger disk'],
    [deployment.logPath, 0, 'set services.log_path to a larger disk'],
    [dockerRoot, image * IMAGE_GROWTH, 'set data-root in /etc/docker/daemon.json to a larger disk'],
  ] as const) {
    if (path === null) continue;
    if (host.machine.unwritable.includes(path))
      problems.push(
        findingOn(address).error(
          'disk-read-only',
          `${path} can't be written to`,
          'is its disk mounted read-only, or does it belong to another user?',
        ),
      );
    const free = host.freeBytes[path];
    if (free === undefined || free >= needed + DISK_MARGIN_BYTES) continue;
    problems.push(
      findingOn(address).error(
        'disk-low',
        `${mib(free, 0)} MiB free at ${path}, ${mib(needed + DISK_MARGIN_BYTES, 0)} MiB needed`,
        `free some space, or ${way}`,
      ),
    );
  }
  return problems;
}

function modelProblems(path: string, { deployment }: Examined, { address, paths }: ReachedHost): Finding[] {
  const found = paths[path];
  if (found?.exists === false) {
    const isOwn = path !== deployment.modelPath;
    const source = isOwn ? null : deployment.modelSource;
    return [
      findingOn(address).error(
        'model-absent',
        `model path ${path} is not on the host`,
        source === null
          ? `copy the model there, or ${isOwn ? 'correct model_path of the role or group' : 'mend services.model_path'}`
          : `bring it there from ${source}: serve --only push_model`,
      ),
    ];
  }
  const hiddenBy = found?.hiddenBy;
  if (hiddenBy === undefined) return [];
  return [
    findingOn(address).warning(
      'model-hidden',
      `model path ${path} can't be looked at: the login user may not search ${hiddenBy}`,
      'set services.ssh.become: sudo, or open the folder: chmod a+x',
    ),
  ];
}

/** The same path must be the same model everywhere: ranks that load different weights answer nonsense. */
export function modelDifferences(examined: Examined): Finding[] {
  const servers = serverHosts(examined).map((host) => ({ host, models: modelPathsOn(host.address, examined) }));
  const paths = [...new Set(servers.flatMap(({ models }) => models))];
  return paths.flatMap((path) =>
    differencesOf(
      path,
      servers.flatMap(({ host, models }) => (models.includes(path) ? [host] : [])),
    ),
  );
}

function differencesOf(modelPath: string, all: readonly ReachedHost[]): Finding[] {
  const servers = all.filter(({ paths }) => {
    const path = paths[modelPath];
    return path?.exists !== false && path?.hiddenBy === undefined;
  });
  const index = modelIndex(modelPath);
  const config = `${modelPath}/config.json`;
  return [
    ...oddOnesOut(servers.map((host) => [host.address, host.digests[index] ?? 'none'])).map((odd) =>
      findingOn(odd.who).error(
        'model-differs',
        odd.value === 'none'
          ? `${index} is not here, but on ${hosts(odd.numCommon)}`
          : `${index} is not the one of ${hosts(odd.numCommon)}`,
        'copy the same model to all hosts',
      ),
    ),
    ...oddOnesOut(servers.map((host) => [host.address, host.texts[config] ?? null])).map((odd) =>
      findingOn(odd.who).error(
        'model-differs',
        `${config} is not the one of ${hosts(odd.numCommon)}`,
        'copy the same model to all hosts',
      ),
    ),
  ];
}
