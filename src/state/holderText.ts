import { utc } from '../files/durations.ts';
import type { Lease } from './state.gen.ts';

/**
 * `root@build1 (serve, run 20261121-225823-1a2b, process 4711 of build1, since 2026-11-21 22:58:23 UTC)`. Apart from the lease's
 * file: errors use it, and every command loads the errors.
 */
export function holderText({ owner, command, run, pid, host, since }: Lease): string {
  return `${owner} (${command}, run ${run}, process ${pid} of ${host}, since ${utc(since)})`;
}
