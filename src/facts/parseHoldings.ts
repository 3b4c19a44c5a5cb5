import { lines } from '../shell/sections.ts';
import type { Holding } from './facts.ts';
import type { Listening } from './parseNetwork.ts';

/**
 * `cgroups`: lines `/proc/PID/cgroup:<container id>`; `markers`: lines `/proc/PID/environ:DIE_VARIABLE=0,1`, among others. A container's own settings need not name its dies: the servers started in it do.
 */
export function parseHoldings(
  cgroups: string,
  markers: string,
  listening: readonly Listening[],
  dieVariable: string | null,
): Readonly<Record<string, Holding>> {
  const dies = new Map<number, readonly number[]>();
  for (const line of lines(markers)) {
    const [, pid, name, value] = /^\/proc\/(\d+)\/environ:(\w+)=(.*)$/.exec(line) ?? [];
    if (pid !== undefined && value !== undefined && name === dieVariable) dies.set(Number(pid), dieNumbers(value));
  }
  const found: Record<string, { ports: Set<number>; dies: Set<number> }> = {};
  for (const [pid, id] of containersOf(cgroups)) {
    found[id] ??= { ports: new Set(), dies: new Set() };
    for (const die of dies.get(pid) ?? []) found[id].dies.add(die);
    for (const socket of listening) if (socket.pid === pid) found[id].ports.add(socket.port);
  }
  return Object.fromEntries(
    Object.entries(found).map(([id, held]) => [id, { ports: inOrder(held.ports), dies: inOrder(held.dies) }]),
  );
}

/** Each process with the id of a container it is in. */
export function containersOf(cgroups: string): readonly (readonly [pid: number, id: string])[] {
  return lines(cgroups).flatMap((line) => {
    const [, pid, id] = /^\/proc\/(\d+)\/cgroup:([0-9a-f]{64})$/.exec(line) ?? [];
    return pid === undefined || id === undefined ? [] : [[Number(pid), id] as const];
  });
}

/** `0,1,2`; anything else names no die. */
export function dieNumbers(written: string): readonly number[] {
  return written
    .split(',')
    .map((die) => die.trim())
    .filter((die) => /^\d+$/.test(die))
    .map(Number);
}

function inOrder(numbers: ReadonlySet<number>): number[] {
  return [...numbers].sort((a, b) => a - b);
}
