/** Of the server's own process, as Prometheus' client for Python exports it unless several processes serve one port. */
export const PROCESS_START = 'process_start_time_seconds';

/** Seconds since 1970; null: it is not exported. Pure. */
export function processStart(samples: ReadonlyMap<string, readonly number[]>): number | null {
  const starts = samples.get(PROCESS_START) ?? [];
  return starts.length === 1 ? starts[0]! : null;
}

/** Whether a server was started again between two looks, as far as its starts show it. */
export function isOtherStart(before: number | null | undefined, now: number | null | undefined): boolean {
  return typeof before === 'number' && typeof now === 'number' && before !== now;
}
