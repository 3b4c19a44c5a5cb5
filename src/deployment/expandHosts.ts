import { isMap } from '../files/maps.ts';
import { type AddressProblem, isHostName, writtenOut } from './address.ts';
import { commaList } from './commaList.ts';
import { valueAt } from './schemaFaults.ts';
import { blockAddress, groupsOf } from './writtenGroups.ts';

/** Keys with the address of one host. */
const ADDRESS_KEYS = [
  ['deployment', 'proxy', 'host'],
  ['services', 'build_host'],
];

/** What this machine makes of a name: its address, or why it has none that can be used. */
export type Lookup = { readonly address: string } | { readonly problem: AddressProblem };

/** What names stand for, by name. */
export type Lookups = ReadonlyMap<string, Lookup>;

export interface ExpandedHosts {
  /** Names by the addresses that they were resolved to. */
  readonly names: ReadonlyMap<string, string>;
  /** Names that `lookups` has not: they are left as they are. */
  readonly unknown: readonly string[];
  /** The path that the file has for a path of the expanded document. */
  readonly writtenPath: (path: string) => string;
}

/** Writes out ranges of hosts, and puts addresses in place of names; `roots` are changed. The first one is the file's. */
export function expandHosts(roots: readonly unknown[], lookups: Lookups): ExpandedHosts {
  const names = new Map<string, string>();
  const unknown = new Set<string>();
  const addressOf = (host: string): string => {
    if (!isHostName(host)) return host;
    const found = lookups.get(host);
    if (found === undefined) unknown.add(host);
    if (found === undefined || 'problem' in found) return host;
    names.set(found.address, host);
    return found.address;
  };
  const moved = new Map<string, readonly number[]>();
  const blocks = new Map<string, string>();
  // aliases of YAML share their maps
  const known = new Map<object, readonly number[]>();
  for (const root of roots) {
    for (const { layer } of groupsOf(root)) {
      const path = layer.path.join('.');
      const values = layer.values as Record<string, unknown>;
      const entries = known.get(values) ?? expandGroup(values, addressOf);
      if (entries !== null) known.set(values, entries);
      if (entries !== null && root === roots[0]) moved.set(`${path}.hosts`, entries);
      for (const [key, written] of renameBlocks(values, addressOf)) blocks.set(`${path}.${key}`, `${path}.${written}`);
    }
    for (const path of ADDRESS_KEYS) {
      const around = valueAt(root, path.slice(0, -1));
      const host = isMap(around) ? around[path.at(-1)!] : undefined;
      if (typeof host === 'string') (around as Record<string, unknown>)[path.at(-1)!] = addressOf(host.trim());
    }
  }
  return { names, unknown: [...unknown], writtenPath: (path) => writtenPath(path, moved, blocks) };
}

/** The index of the written entry for each host; null: every entry is one address already. */
function expandGroup(values: Record<string, unknown>, addressOf: (host: string) => string): readonly number[] | null {
  const { hosts } = values;
  if (typeof hosts !== 'string' && !(Array.isArray(hosts) && hosts.every((host) => typeof host === 'string')))
    return null;
  const written = commaList(hosts);
  const each = writtenOut(written);
  const addresses = each.map(({ host }) => addressOf(host));
  if (addresses.length === written.length && addresses.every((address, i) => address === written[i])) return null;
  values.hosts = addresses;
  return each.map(({ entry }) => entry);
}

/** Blocks `host NAME` become those of addresses, in their order; the new key with the written one. */
function renameBlocks(
  values: Record<string, unknown>,
  addressOf: (host: string) => string,
): readonly (readonly [string, string])[] {
  const renamed = Object.keys(values).flatMap((key) => {
    if (!key.startsWith('host ')) return [];
    const address = addressOf(blockAddress(key));
    return address === blockAddress(key) ? [] : [[`host ${address}`, key] as const];
  });
  for (const [key, written] of renamed) {
    values[key] = values[written];
    delete values[written];
  }
  return renamed;
}

function writtenPath(
  path: string,
  moved: ReadonlyMap<string, readonly number[]>,
  blocks: ReadonlyMap<string, string>,
): string {
  for (const [list, entries] of moved) {
    if (!path.startsWith(`${list}.`)) continue;
    const index = Number(path.slice(list.length + 1));
    return entries[index] === undefined ? path : `${list}.${entries[index]}`;
  }
  for (const [block, written] of blocks)
    if (path === block || path.startsWith(`${block}.`)) return `${written}${path.slice(block.length)}`;
  return path;
}
