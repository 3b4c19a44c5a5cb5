import type { ReachedHost } from '../../facts/facts.ts';
import { hosts } from './docker.ts';
import { type Examined, type Finding, findingOn, serverHosts } from './finding.ts';
import { oddOnesOut } from './odd.ts';

/** Servers tell each other the addresses of the file: they must be the hosts' own. */
export function addressProblems({ topology }: Examined, host: ReachedHost): Finding[] {
  const { interfaces } = host.machine;
  const isServer = topology.nodes.some((node) => node.host === host.address && node.role !== 'proxy');
  if (!isServer || interfaces.length === 0) return [];
  if (interfaces.some(({ addresses }) => addresses.includes(host.address))) return [];
  return [
    findingOn(host.address).warning(
      'address-elsewhere',
      `no interface of the host has the address ${host.address}; it has ${interfaces.map(({ name, addresses }) => `${addresses.join(' ')} (${name})`).join(', ')}`,
      'name the host by an address of its own, by which the other hosts reach it',
    ),
  ];
}

export function networkDifferences(examined: Examined): Finding[] {
  const servers = serverHosts(examined);
  const names = oddOnesOut(servers.map((host) => [host.address, host.interfaceName]));
  const mtus = oddOnesOut(servers.map((host) => [host.address, mtuOf(host)]));
  return [
    ...names.map(({ who, value, common, numCommon }) =>
      findingOn(who).warning(
        'interface-differs',
        `its interface is ${value}, that of ${hosts(numCommon)} ${common}`,
        'is this address in the network that the others use?',
      ),
    ),
    ...mtus.map(({ who, value, common, numCommon }) =>
      findingOn(who).warning(
        'mtu-differs',
        `the MTU of its interface is ${value}, that of ${hosts(numCommon)} ${common}`,
        'set the same one: large packets between them are lost without a word',
      ),
    ),
    ...sameNames(servers),
  ];
}

function mtuOf({ interfaceName, machine }: ReachedHost): string | null {
  const mtu = machine.interfaces.find(({ name }) => name === interfaceName)?.mtu;
  return mtu == null ? null : String(mtu);
}

/** Engines tell hosts apart by their names. */
function sameNames(servers: readonly ReachedHost[]): Finding[] {
  const first = new Map<string, string>();
  return servers.flatMap(({ hostname, address }) => {
    const other = first.get(hostname);
    first.set(hostname, other ?? address);
    if (other === undefined || hostname === '') return [];
    return [
      findingOn(address).warning(
        'hostname-duplicate',
        `the host calls itself ${hostname}, as does ${other}`,
        'hostnamectl set-hostname gives it a name of its own',
      ),
    ];
  });
}
