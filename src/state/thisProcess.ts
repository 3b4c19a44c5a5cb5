import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { ProcessIdentity } from './state.gen.ts';

/** This process, as a lease names its owner. */
export function thisProcess(): ProcessIdentity {
  const { pid } = process;
  return { owner: `${userName()}@${hostname()}`, host: hostname(), pid, boot: machine(), started: startOf(pid) };
}

/**
 * True when the owner was a process of this very machine, in our view of it, and no longer exists. An owner that can't be inspected may live.
 */
export function isProvablyDead({ boot, pid, started }: Pick<ProcessIdentity, 'boot' | 'pid' | 'started'>): boolean {
  if (boot === null || started === null || boot !== machine()) return false;
  return startOf(pid) !== started;
}

/** This boot of this machine and the process namespace we see: in another, pids mean others. Null: no Linux. */
function machine(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** Clock ticks since boot; null: no such process, or a zombie, which does nothing any more. */
function startOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the command's name is in parentheses and may contain anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /[ZXx]/.test(fields[0] ?? '') ? null : Number(fields[19]);
  } catch {
    return null;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '?');
  }
}
