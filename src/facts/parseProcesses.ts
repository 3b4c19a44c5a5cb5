import { lines } from '../shell/sections.ts';
import type { OurProcess } from './facts.ts';

/**
 * `markers`: lines `/proc/PID/environ:OMNIPLACE_NODE=value`; `stats`: /proc/PID/stat of the same processes.
 * The leader is the one whose parent does not carry the marker: what `spawn` started, not its descendants.
 */
export function parseProcesses(markers: string, stats: string): readonly OurProcess[] {
  const nodes = new Map<number, string>();
  const generations = new Map<number, string>();
  for (const line of lines(markers)) {
    const [, pid, name, value] = /^\/proc\/(\d+)\/environ:OMNIPLACE_(NODE|GENERATION)=(.*)$/.exec(line) ?? [];
    if (pid !== undefined && value !== undefined) (name === 'NODE' ? nodes : generations).set(Number(pid), value);
  }
  return lines(stats)
    .flatMap(parseStat)
    .filter(({ pid, state }) => nodes.has(pid) && state !== 'Z')
    .sort((a, b) => a.pid - b.pid)
    .map(({ pid, parent, startTicks }) => ({
      pid,
      startTicks,
      node: nodes.get(pid)!,
      generation: generations.get(pid) ?? '',
      leader: !nodes.has(parent),
    }));
}

/** Of the processes in `stats`, those in state T (a signal) or t (a debugger). */
export function parseStopped(stats: string): readonly number[] {
  return lines(stats)
    .flatMap(parseStat)
    .filter(({ state }) => state === 'T' || state === 't')
    .map(({ pid }) => pid)
    .sort((a, b) => a - b);
}

interface Stat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly startTicks: number;
}

/** A command's name is in parentheses and may contain anything, parentheses and spaces too. */
function parseStat(line: string): readonly Stat[] {
  const pid = Number(/^\d+/.exec(line)?.[0] ?? Number.NaN);
  // from field 3 on
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, parent, startTicks] = [fields[0], Number(fields[1]), Number(fields[19])];
  if (!Number.isInteger(pid) || state === undefined || Number.isNaN(parent) || Number.isNaN(startTicks)) return [];
  return [{ pid, state, parent, startTicks }];
}
