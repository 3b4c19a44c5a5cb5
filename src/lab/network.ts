import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { LabError } from './labError.ts';
import { LAB_ROOT } from './labPaths.ts';
import { run } from './shell.ts';

/**
 * A lab's share of TEST-NET-2, a /27: gateway .1 (the bridge, in the controller's namespace), uplink .2 (this machine's
 * own end), hosts from .11. Hosts have no default route, and this machine has none to them but the uplink.
 */
export interface Network {
  readonly index: number;
  /** `198.51.100.32/27` */
  readonly subnet: string;
  readonly gateway: string;
  readonly uplink: string;
  /** Namespace of the bridge. */
  readonly controller: string;
  /** Our end of the uplink, in this machine's own namespace. */
  readonly uplinkDevice: string;
}

export const MAX_HOSTS = 20;
const WHOLE = '198.51.100.0/24';
const NUM_NETWORKS = 8;
const CLAIMS = `${LAB_ROOT}/networks`;
/** inventories/lab-*.yml carry addresses of the first network, so it is kept for the lab of this name. */
const FIRST_LAB = 'lab';

export function networkOf(name: string, index: number): Network {
  const base = 32 * index;
  return {
    index,
    subnet: `198.51.100.${base}/27`,
    gateway: `198.51.100.${base + 1}`,
    uplink: `198.51.100.${base + 2}`,
    controller: `omniplace.${name}`,
    uplinkDevice: `omnilab${index}`,
  };
}

/** Hosts are numbered from 1. */
export function hostAddress(network: Network, number: number): string {
  return `198.51.100.${32 * network.index + 10 + number}`;
}

export function hostNamespace(network: Network, number: number): string {
  return `${network.controller}.h${number}`;
}

/** Takes a free /27 for the lab; a claim is a file, made only if absent, so two labs can't take the same one. */
export function claimNetwork(name: string): Network {
  mkdirSync(CLAIMS, { recursive: true });
  const claimed = claimedNetwork(name);
  if (claimed !== null) return claimed;
  const first = name === FIRST_LAB ? 0 : 1;
  const last = name === FIRST_LAB ? 0 : NUM_NETWORKS - 1;
  for (let index = first; index <= last; index += 1) {
    if (takeFile(`${CLAIMS}/${index}`, name)) return networkOf(name, index);
  }
  throw new LabError('lab_busy', `all ${last - first + 1} networks for a lab named '${name}' are taken`, takenBy());
}

export function claimedNetwork(name: string): Network | null {
  if (!existsSync(CLAIMS)) return null;
  const file = readdirSync(CLAIMS).find((index) => readFileSync(`${CLAIMS}/${index}`, 'utf8') === name);
  return file === undefined ? null : networkOf(name, Number(file));
}

export function releaseNetwork(network: Network): void {
  rmSync(`${CLAIMS}/${network.index}`, { force: true });
}

/**
 * The guard: without it, a packet to a lab that is down would follow the default route out of this machine. Any lab's own
 * route has a better metric. It stays when labs go down.
 */
export async function guardRoute(): Promise<void> {
  await run(['ip', 'route', 'replace', 'unreachable', WHOLE, 'metric', '4096']);
}

export async function layNetwork(network: Network, numHosts: number, signal?: AbortSignal): Promise<void> {
  await guardRoute();
  const { controller, uplinkDevice, subnet, gateway, uplink } = network;
  const numbers = Array.from({ length: numHosts }, (_, i) => i + 1);
  const namespaces = [controller, ...numbers.map((number) => hostNamespace(network, number))];
  await batch(
    null,
    namespaces.map((namespace) => `netns add ${namespace}`),
    signal,
  );
  await batch(
    controller,
    [
      'link set lo up',
      'link add br0 type bridge',
      `addr add ${gateway}/27 dev br0`,
      'link set br0 up',
      ...numbers.flatMap((number) => [
        `link add v${number} type veth peer name eth0 netns ${hostNamespace(network, number)}`,
        `link set v${number} master br0 up`,
      ]),
    ],
    signal,
  );
  await Promise.all(
    numbers.map((number) =>
      batch(
        hostNamespace(network, number),
        ['link set lo up', `addr add ${hostAddress(network, number)}/27 dev eth0`, 'link set eth0 up'],
        signal,
      ),
    ),
  );
  await batch(null, [`link add ${uplinkDevice} type veth peer name up0 netns ${controller}`], signal);
  await batch(controller, ['link set up0 master br0 up'], signal);
  await batch(
    null,
    [
      `addr add ${uplink}/32 dev ${uplinkDevice}`,
      `link set ${uplinkDevice} up`,
      `route add ${subnet} dev ${uplinkDevice} src ${uplink} metric 100`,
    ],
    signal,
  );
}

/** By their names, not by a record: a lab that came up only half has them too. */
export function labNamespaces(name: string): readonly string[] {
  const controller = `omniplace.${name}`;
  const all = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  return all.filter((entry) => entry === controller || entry.startsWith(`${controller}.h`));
}

export async function removeNetwork(name: string, network: Network | null): Promise<void> {
  if (network !== null && existsSync(`/sys/class/net/${network.uplinkDevice}`)) {
    await run(['ip', 'link', 'del', network.uplinkDevice]);
  }
  for (const namespace of labNamespaces(name)) await run(['ip', 'netns', 'del', namespace]);
}

function batch(namespace: string | null, lines: readonly string[], signal: AbortSignal | undefined) {
  const where = namespace === null ? [] : ['-n', namespace];
  return run(['ip', ...where, '-batch', '-'], { input: `${lines.join('\n')}\n`, signal, title: 'laying the network' });
}

function takeFile(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function takenBy(): string {
  const names = readdirSync(CLAIMS).map((index) => readFileSync(`${CLAIMS}/${index}`, 'utf8'));
  return `taken by: ${names.join(', ')}; take one down with \`omniplace lab down --name NAME\``;
}
