import { networkInterfaces } from 'node:os';
import { digestOf } from '../../../../files/digests.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Devices } from './devices.ts';
import { readJson } from './pythonFiles.ts';
import type { Rank } from './rank.ts';

/** What a rank knows of its cluster: KV caches move only between instances of one and the same global rank table. */
export interface RankTables {
  /** This host's address in the tables. */
  readonly address: string;
  /** sha256 (hex) of the global rank table's canonical JSON. */
  readonly digest: string;
  /** group id -> addresses of its servers. */
  readonly groups: ReadonlyMap<number, readonly string[]>;
  /** group id -> number of its devices. */
  readonly groupSizes: ReadonlyMap<number, number>;
}

interface Server {
  readonly server_ip?: string;
  readonly device?: readonly { readonly device_id?: string; readonly device_ip?: string; readonly rank_id?: string }[];
}

interface Group {
  readonly group_id?: string;
  readonly status?: string;
  readonly server_list?: readonly Server[];
}

/** Loads both rank tables and refuses those in which this process isn't what it takes itself for. */
export function loadRankTables(
  localPath: string,
  globalPath: string,
  rank: Rank,
  dies: readonly number[],
  devices: Devices,
): RankTables {
  const local = readJson(localPath) as Group;
  const server = ownServer(local, localPath);
  const numRanks = numDevices(local);
  if (numRanks !== rank.numRanks) {
    throw new Refusal(
      'RuntimeError',
      `HCCL: rank table ${localPath} holds ${numRanks} devices, but the world size is ${rank.numRanks}`,
    );
  }
  dies.forEach((die, at) => {
    checkDevice(server, localPath, die, devices.get(die)!, rank.firstRank + at);
  });
  const global = readJson(globalPath) as { readonly server_group_list?: readonly Group[] };
  const all = global.server_group_list ?? [];
  const group = ownGroup(all, globalPath, server.server_ip!, devices.get(dies[0]!)!);
  if (Number(group.group_id) !== rank.kvRank) {
    throw new Refusal(
      'ValueError',
      `LLMDataDist: kv_rank is ${rank.kvRank}, but ${globalPath} has this host's devices in group ${group.group_id}`,
    );
  }
  return {
    address: server.server_ip!,
    digest: digestOf(global),
    groupSizes: new Map(all.map((each) => [Number(each.group_id), numDevices(each)])),
    groups: new Map(
      all.map((each) => [Number(each.group_id), (each.server_list ?? []).map((one) => one.server_ip ?? '')]),
    ),
  };
}

function numDevices({ server_list }: Group): number {
  return (server_list ?? []).reduce((sum, { device }) => sum + (device?.length ?? 0), 0);
}

function ownServer(table: Group, path: string): Server {
  if (table.status !== 'completed')
    throw new Refusal('RuntimeError', `HCCL: status of rank table ${path} isn't completed`);
  const own = ownAddresses();
  const server = table.server_list?.find(({ server_ip }) => server_ip !== undefined && isOwn(server_ip, own));
  if (server) return server;
  throw new Refusal(
    'RuntimeError',
    `HCCL: rank table ${path} has no server with an address of this host (${own.join(', ')})`,
  );
}

function checkDevice(server: Server, path: string, die: number, deviceIp: string, rank: number): void {
  const entry = server.device?.find(({ device_id }) => Number(device_id) === die);
  if (!entry) throw new Refusal('RuntimeError', `HCCL: rank table ${path} has no device ${die} of ${server.server_ip}`);
  if (entry.device_ip !== deviceIp) {
    throw new Refusal(
      'RuntimeError',
      `HCCL: rank table ${path} gives device ${die} of ${server.server_ip} the address ${entry.device_ip}, but it has ${deviceIp}`,
    );
  }
  if (Number(entry.rank_id) !== rank) {
    throw new Refusal(
      'RuntimeError',
      `HCCL: device ${die} of ${server.server_ip} is rank ${entry.rank_id} in rank table ${path}, but this process is rank ${rank}`,
    );
  }
}

function ownGroup(groups: readonly Group[], path: string, address: string, deviceIp: string): Group {
  const group = groups.find(({ server_list }) =>
    server_list?.some(
      ({ server_ip, device }) => server_ip === address && device?.some(({ device_ip }) => device_ip === deviceIp),
    ),
  );
  if (group) return group;
  throw new Refusal('RuntimeError', `LLMDataDist: rank table ${path} has no device ${deviceIp} of server ${address}`);
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

// the whole 127/8 is this host, though the interface lists one address of it
function isOwn(address: string, own: readonly string[]): boolean {
  return address.startsWith('127.') || own.includes(address);
}
