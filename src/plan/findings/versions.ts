import { acceleratorOf } from '../../accelerators/index.ts';
import { hosts } from './docker.ts';
import { type Examined, type Finding, findingOn, serverHosts } from './finding.ts';
import { oddOnesOut } from './odd.ts';

/** Hosts of one instance compute together, so theirs must be equal; others may differ, and it is worth a word. */
export function versionDifferences(examined: Examined): Finding[] {
  const servers = serverHosts(examined);
  const versionsOf = (name: string) =>
    new Map(servers.map((host) => [host.address, host.machine.software[name] ?? 'missing']));
  const { probe } = acceleratorOf(examined.deployment.accelerator);
  const software = Object.entries(probe?.versions ?? {}).flatMap(([name, called]) => {
    const versions = versionsOf(name);
    return oddOnesOut(versions).map(({ who, value, common, numCommon }) =>
      findingOn(who)[sharesInstance(examined, who, (other) => versions.get(other) === common) ? 'error' : 'warning'](
        'driver-differs',
        `${called} is ${value} here and ${common} on ${hosts(numCommon)}`,
        'install the same version',
      ),
    );
  });
  const archs = oddOnesOut(servers.map((host) => [host.address, host.arch]));
  return [
    ...archs.map(({ who, value, common, numCommon }) =>
      findingOn(who).error(
        'arch-differs',
        `the host is ${value}, ${hosts(numCommon)} ${numCommon === 1 ? 'is' : 'are'} ${common}`,
        'one image runs on one of them',
      ),
    ),
    ...software,
  ];
}

function sharesInstance({ topology }: Examined, host: string, isOther: (host: string) => boolean): boolean {
  return topology.instances.some(({ group }) => {
    const addresses = group.hosts.map(({ address }) => address);
    return addresses.includes(host) && addresses.some((address) => address !== host && isOther(address));
  });
}
