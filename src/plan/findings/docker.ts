import type { ReachedHost } from '../../facts/facts.ts';
import { shortDigest } from '../../files/digests.ts';
import { type Examined, type Finding, finding } from './finding.ts';
import { oddOnesOut } from './odd.ts';

export function dockerProblems({ deployment, desired }: Examined, host: ReachedHost): Finding[] {
  const { docker, address } = host;
  const problems: Finding[] = [];
  if (!host.tools.sha256sum)
    problems.push(
      finding(
        'no-sha256sum',
        address,
        'no sha256sum on the host, pushed files could not be verified',
        'install coreutils',
      ),
    );
  if (docker.state === 'absent')
    return [...problems, finding('no-docker', address, 'no docker on the host', 'install docker and start it')];
  if (docker.state === 'down') {
    return [
      ...problems,
      finding(
        'docker-down',
        address,
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
    problems.push(finding('image-absent', address, `image ${image} is not on the host; ${from}`, null, 'warning'));
  }
  return problems;
}

function dockerVersion(address: string, version: string): Finding[] {
  if (version.startsWith('podman'))
    return [
      finding(
        'docker-is-podman',
        address,
        `docker is ${version} here, which answers to that name`,
        'omniplace is made for docker and was tried with podman 4.3; go on if it does, else install docker',
        'warning',
      ),
    ];
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major !== '1' || Number(minor) >= 13) return [];
  return [
    finding(
      'docker-old',
      address,
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
      finding(
        'image-differs',
        who,
        `${image} is ${shortDigest(value)} here and ${shortDigest(common)} on ${hosts(numCommon)}`,
        `docker rmi ${image} on that host, and serve brings the right one`,
      ),
    ),
    ...versions.map(({ who, value, common, numCommon }) =>
      finding(
        'docker-differs',
        who,
        `docker is ${value} here and ${common} on ${hosts(numCommon)}`,
        'install the same version',
        'warning',
      ),
    ),
  ];
}

export function hosts(count: number): string {
  return count === 1 ? 'another host' : `${count} others`;
}
