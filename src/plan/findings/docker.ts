import type { ReachedHost } from '../../facts/facts.ts';
import { shortDigest } from '../../files/digests.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';
import { oddOnesOut } from './odd.ts';

export function dockerProblems({ deployment, desired }: Examined, host: ReachedHost): Finding[] {
  const { docker, address } = host;
  const problems: Finding[] = [];
  if (!host.tools.sha256sum)
    problems.push(
      findingOn(address).error(
        'no-sha256sum',
        'no sha256sum on the host, pushed files could not be verified',
        'install coreutils',
      ),
    );
  if (docker.state === 'absent')
    return [...problems, findingOn(address).error('no-docker', 'no docker on the host', 'install docker and start it')];
  if (docker.state === 'down') {
    return [
      ...problems,
      findingOn(address).error(
        'docker-down',
        `docker does not answer: ${docker.reason ?? 'no reason given'}`,
        'systemctl start docker',
      ),
    ];
  }
  problems.push(...dockerVersion(address, docker.version ?? ''));
  const images = Object.values(desired.nodes).flatMap((node) => (node.host === address ? [node.container.image] : []));
  for (const image of new Set(images)) {
    if (docker.images[image] != null) continue;
    const from =
      deployment.imageArchive === null ? 'it will be pulled' : `it will be loaded from ${deployment.imageArchive}`;
    problems.push(findingOn(address).warning('image-absent', `image ${image} is not on the host; ${from}`, null));
  }
  return problems;
}

function dockerVersion(address: string, version: string): Finding[] {
  if (version.startsWith('podman'))
    return [
      findingOn(address).warning(
        'docker-is-podman',
        `docker is ${version} here, which answers to that name`,
        'omniplace is made for docker and was tried with podman 4.3; go on if it does, else install docker',
      ),
    ];
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major !== '1' || Number(minor) >= 13) return [];
  return [
    findingOn(address).error(
      'docker-old',
      `docker ${version} is too old: it knows no \`run --init\` and no \`exec -e\``,
      'install docker 1.13 or newer on that host',
    ),
  ];
}

/** One reference may mean several images: a tag that was moved between two pulls. */
export function dockerDifferences({ deployment, topology, facts }: Examined): Finding[] {
  const reached = topology.hosts.flatMap(({ address }) => {
    const found = facts[address];
    return found?.reachable && found.docker.state === 'up' ? [found] : [];
  });
  const { image } = deployment;
  const images = oddOnesOut(reached.map((host) => [host.address, host.docker.images[image] ?? null]));
  const versions = oddOnesOut(reached.map((host) => [host.address, host.docker.version]));
  return [
    ...images.map(({ who, value, common, numCommon }) =>
      findingOn(who).error(
        'image-differs',
        `${image} is ${shortDigest(value)} here and ${shortDigest(common)} on ${hosts(numCommon)}`,
        `docker rmi ${image} on that host, and serve brings the right one`,
      ),
    ),
    ...versions.map(({ who, value, common, numCommon }) =>
      findingOn(who).warning(
        'docker-differs',
        `docker is ${value} here and ${common} on ${hosts(numCommon)}`,
        'install the same version',
      ),
    ),
  ];
}

export function hosts(count: number): string {
  return count === 1 ? 'another host' : `${count} others`;
}
