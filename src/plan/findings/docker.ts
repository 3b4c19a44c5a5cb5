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
  const versions = oddOnesOut(reached.map((host) => [host.address, host.docker.version]));
  return [
    ...imageDifferences(deployment.image, reached),
    ...versions.map(({ who, value, common, numCommon }) =>
      findingOn(who).warning(
        'docker-differs',
        `docker is ${value} here and ${common} on ${hosts(numCommon)}`,
        'install the same version',
      ),
    ),
  ];
}

/** Equal layers are the same image. Where docker did not list layers nothing is certain: ids depend on the store that it keeps images in. */
function imageDifferences(image: string, reached: readonly ReachedHost[]): Finding[] {
  const having = reached.filter(({ docker }) => docker.images[image] != null);
  const listsLayers = having.every(({ docker }) => docker.layers?.[image] !== undefined);
  const identity = ({ docker }: ReachedHost) => (listsLayers ? docker.layers![image]! : docker.images[image]!);
  return oddOnesOut(having.map((host) => [host, identity(host)] as const)).map(({ who, common, numCommon }) => {
    const other = having.find((host) => identity(host) === common)!;
    const text = `${image} is ${shortDigest(who.docker.images[image]!)} here and ${shortDigest(other.docker.images[image]!)} on ${hosts(numCommon)}`;
    return listsLayers
      ? findingOn(who.address).error(
          'image-differs',
          `${text}, with other layers`,
          `docker rmi ${image} on that host, and serve brings the right one`,
        )
      : findingOn(who.address).warning(
          'image-differs',
          `${text}; ids depend on how docker stores images, and layers were not listed, so these may be one image`,
          `compare on both hosts: docker image inspect -f '{{json .RootFS.Layers}}' ${image}`,
        );
  });
}

export function hosts(count: number): string {
  return count === 1 ? 'another host' : `${count} others`;
}
