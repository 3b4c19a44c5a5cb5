import { readFileSync } from 'node:fs';

/** A process of this boot: a pid alone may be somebody else's by now. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTicks: number;
}

/** Reads the text of a `/proc/PID/stat`; null when it isn't one. */
export function parseStat(stat: string): ProcessIdentity | null {
  // the command's name is in parentheses and may hold spaces and parentheses itself
  const end = stat.lastIndexOf(')');
  const pid = Number.parseInt(stat, 10);
  const startTicks = Number(stat.slice(end + 2).split(' ')[19]);
  return end > 0 && pid > 0 && Number.isInteger(startTicks) ? { pid, startTicks } : null;
}

export function identityOf(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // a zombie holds nothing any more
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z') ? null : parseStat(stat);
  } catch {
    return null;
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startTicks === identity.startTicks;
}

/** Reads a file that holds one line of `/proc/PID/stat`; null when absent or torn. */
export function readIdentity(file: string): ProcessIdentity | null {
  try {
    return parseStat(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** SIGKILL, but only to the very process that was recorded. */
export function killIdentity(identity: ProcessIdentity): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
