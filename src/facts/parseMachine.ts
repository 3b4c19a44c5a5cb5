import { body, lines, type Section } from '../shell/sections.ts';
import type { MachineFacts, ProbeRequest } from './facts.ts';
import { parseDisks } from './parseFiles.ts';

/** Facts of the machine itself, besides docker and files; null: no answer. */
export function parseMachine(
  sections: readonly Section[],
  request: Pick<ProbeRequest, 'freeOf' | 'disks'>,
  /** Of the accelerator's software. */
  names: readonly string[],
  {
    dieNodes,
    dieProcesses,
    driverSilent,
    dieStates,
    rdma,
    dieAddresses,
    pingsDies,
  }: Pick<
    MachineFacts,
    'dieNodes' | 'dieProcesses' | 'driverSilent' | 'dieStates' | 'rdma' | 'dieAddresses' | 'pingsDies'
  >,
): MachineFacts {
  const memory = body(sections, 'memory');
  const [, from, to] = /^(\d+)\s+(\d+)$/m.exec(body(sections, 'outgoing-ports')) ?? [];
  const root = body(sections, 'docker-root').trim();
  const unwritable = (path: string, index: number) =>
    sections.some((s) => s.name === 'free' && s.index === index && lines(s.body).includes('unwritable')) ? [path] : [];
  return {
    ...(sections.some(({ name }) => name === 'driver-folder') && {
      driverFolder: lines(body(sections, 'driver-folder'))[0] ?? null,
    }),
    software: parseSoftware(body(sections, 'software'), names),
    bootS: Number.parseInt(body(sections, 'boot'), 10) || null,
    disks: parseDisks(sections, request.disks ?? []),
    memoryBytes: kibIn(memory, 'MemTotal'),
    availableBytes: kibIn(memory, 'MemAvailable'),
    interfaces: parseInterfaces(body(sections, 'addresses'), body(sections, 'mtus')),
    outgoingPorts:
      from === undefined
        ? null
        : { from: Number(from), to: Number(to), reserved: lines(body(sections, 'outgoing-ports')).slice(1).join(',') },
    connectedPorts: [...body(sections, 'connected').matchAll(/^[0-9A-F]{4}$/gim)]
      .map(([hex]) => Number.parseInt(hex, 16))
      .sort((a, b) => a - b),
    dieNodes,
    dieProcesses,
    ...(driverSilent === undefined ? {} : { driverSilent }),
    ...(dieStates === undefined ? {} : { dieStates }),
    ...(rdma === undefined ? {} : { rdma }),
    ...(dieAddresses === undefined ? {} : { dieAddresses }),
    pingsDies,
    dockerRoot: root === '' ? null : root,
    unwritable: request.freeOf.flatMap(unwritable),
  };
}

/** Lines `driver 24.1.rc3`; of several of one name the first. */
function parseSoftware(said: string, names: readonly string[]): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const line of lines(said)) {
    const [, name, version] = /^(\w+) (\S{1,64})\s*$/.exec(line) ?? [];
    if (name !== undefined && version !== undefined && names.includes(name) && !found.has(name))
      found.set(name, version);
  }
  return Object.fromEntries(found);
}

function kibIn(memory: string, name: string): number | null {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(memory)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** `ip -o -4 addr show`, and lines `/sys/class/net/eth0/mtu:1500`. */
function parseInterfaces(addresses: string, mtus: string): MachineFacts['interfaces'] {
  const carried = new Map<string, string[]>();
  for (const line of lines(addresses)) {
    const [, name, , address] = line.trim().split(/\s+/);
    if (name !== undefined && address !== undefined)
      carried.set(name, [...(carried.get(name) ?? []), address.split('/')[0]!]);
  }
  const mtuOf = new Map(
    [...mtus.matchAll(/^\/sys\/class\/net\/([^/\n]+)\/mtu:(\d+)$/gm)].map(([, name, mtu]) => [name!, Number(mtu)]),
  );
  return [...carried].map(([name, list]) => ({ name, addresses: list, mtu: mtuOf.get(name) ?? null }));
}
