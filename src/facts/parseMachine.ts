import type { DieProcess, MachineFacts } from './facts.ts';
import { body, lines, type Section } from './sections.ts';

/** Facts of the machine itself, besides docker and files; null: no answer. */
export function parseMachine(
  sections: readonly Section[],
  request: { readonly freeOf: readonly string[] },
  /** Containers by the processes in them. */
  containerOf: ReadonlyMap<number, string>,
): MachineFacts {
  const memory = body(sections, 'memory');
  const [, from, to] = /^(\d+)\s+(\d+)$/m.exec(body(sections, 'outgoing-ports')) ?? [];
  const root = body(sections, 'docker-root').trim();
  const unwritable = (path: string, index: number) =>
    sections.some((s) => s.name === 'free' && s.index === index && lines(s.body).includes('unwritable')) ? [path] : [];
  return {
    software: parseSoftware(body(sections, 'software')),
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
    dieNodes: [...body(sections, 'die-nodes').matchAll(/\/(?:davinci|nvidia)(\d+)(?=\s|$)/g)]
      .map(([, die]) => Number(die))
      .sort((a, b) => a - b),
    dieProcesses: parseDieProcesses(sections, containerOf),
    pingsDies: lines(body(sections, 'tools')).includes('hccn_tool'),
    dockerRoot: root === '' ? null : root,
    unwritable: request.freeOf.flatMap(unwritable),
  };
}

/** Lines `driver 24.1.rc3`; of several CANN the first. */
function parseSoftware(said: string): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const line of lines(said)) {
    const [, name, version] = /^(driver|firmware|cann|cuda) (\S{1,64})\s*$/.exec(line) ?? [];
    if (name !== undefined && version !== undefined && !found.has(name)) found.set(name, version);
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

/**
 * `npu-smi info` ends in a table `| NPU Chip | Process id | name | memory |`, and `nvidia-smi pmon -c 1` has lines
 * `gpu pid type ..`. A machine whose NPUs have two chips counts its dies through them.
 */
function parseDieProcesses(
  sections: readonly Section[],
  containerOf: ReadonlyMap<number, string>,
): readonly DieProcess[] | null {
  const section = sections.find(({ name }) => name === 'die-processes');
  if (section === undefined) return null;
  const process = (die: number, pid: number, name: string): DieProcess => ({
    die,
    pid,
    name,
    container: containerOf.get(pid) ?? null,
  });
  const [devices = '', running = ''] = section.body.split(/^.*Process id.*$/m);
  const chips = [...devices.matchAll(/^\|\s*(\d+)\s+(?:\d+\s+)?\|\s*[0-9A-F]{4}:/gm)].map(([, chip]) => Number(chip));
  const chipsPerNpu = Math.max(0, ...chips) + 1;
  const npus = [...running.matchAll(/^\|\s*(\d+)\s+(\d+)\s*\|\s*(\d+)\s*\|\s*(\S*)/gm)];
  const gpus = [...section.body.matchAll(/^\s*(\d+)\s+(\d+)\s+[CG+]+\s.*?(\S+)\s*$/gm)];
  return [
    ...npus.map(([, npu, chip, pid, name]) => process(Number(npu) * chipsPerNpu + Number(chip), Number(pid), name!)),
    ...gpus.map(([, gpu, pid, name]) => process(Number(gpu), Number(pid), name!)),
  ];
}
