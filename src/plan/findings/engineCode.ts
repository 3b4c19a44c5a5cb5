import { isRead } from '../../engines/dialectReader.ts';
import { shortDigest } from '../../files/digests.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

/** The engine is not in what will run, or nobody could read what it accepts. */
export function dialectProblems(examined: Examined): Finding[] {
  const { deployment, topology, facts, engine } = examined;
  // what it refuses does not depend on its version
  if (engine.dialect === undefined) return refusedProblems(examined);
  const reader = engine.dialect(deployment) ?? null;
  if (reader === null) return [];
  const { image } = deployment;
  const hosts = topology.hosts.flatMap(({ address }) => {
    const found = facts[address];
    return found?.reachable && found.docker.state === 'up' ? [found] : [];
  });
  const absent = hosts.filter(({ dialect }) => dialect?.state === 'absent');
  const missing = absent.map(({ address, dialect }) =>
    findingOn(address).error(
      'engine-absent',
      reader.tree === null
        ? `image ${image} (${shortDigest(dialect!.from)}) does not contain the engine ${deployment.engine}: ${dialect!.problem}`
        : `${reader.tree} does not contain the engine ${deployment.engine}: ${dialect!.problem} where it is mounted`,
      reader.tree === null
        ? `set services.docker_image to an image of ${deployment.engine}`
        : 'check services.code_path',
    ),
  );
  const [first] = hosts;
  // synced code that is not on this machine has a finding of its own
  const isAssumed = reader.tree === null && absent.length === 0 && !hosts.some((host) => isRead(reader, host));
  if (hosts.some((host) => isRead(reader, host))) return [...missing, ...refusedProblems(examined)];
  if (first === undefined || !isAssumed) return missing;
  const unreadable = hosts.find(({ dialect }) => dialect !== undefined) ?? null;
  const isThere = hosts.some(({ docker }) => docker.images[image] != null);
  const why =
    unreadable !== null
      ? `what image ${image} accepts could not be read (${unreadable.dialect!.problem ?? 'not in a form of this version'})`
      : isThere
        ? `these facts do not contain what image ${image} accepts`
        : `no host has image ${image} yet, so what it accepts is not known`;
  return [
    ...missing,
    findingOn((unreadable ?? first).address).warning(
      'dialect-assumed',
      `${why}; start scripts are written for ${reader.assumed}`,
      isThere ? null : 'serve again once the image is there: it is read then',
    ),
  ];
}

function refusedProblems({ deployment, topology, facts, engine }: Examined): Finding[] {
  const refused = engine.refusals?.(deployment, topology, facts) ?? [];
  return refused.map(({ host, message, hint, severity }) =>
    severity === 'warning'
      ? findingOn(host).warning('engine-warns', message, hint)
      : findingOn(host).error('engine-refuses', message, hint),
  );
}
