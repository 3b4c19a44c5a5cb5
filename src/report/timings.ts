import { duration } from '../files/durations.ts';
import { size } from '../files/sizes.ts';
import type { RunEvent, Traffic } from '../runner/event.ts';
import { table } from './table.ts';

/** One host's part of a phase. */
export interface PhaseTiming extends Traffic {
  readonly phase: Extract<RunEvent, { kind: 'traffic' }>['during'];
  readonly host: string;
  readonly steps: number;
  /** Since the run began; null: no step of the phase is this host's. */
  readonly startedMs: number | null;
  /** From the host's first step to the end of its last. */
  readonly durationMs: number;
}

/** Where time and bytes went, by phase and host, in the order of the run. */
export function timingsOf(events: readonly RunEvent[]): readonly PhaseTiming[] {
  const rows = new Map<string, PhaseTiming>();
  const change = (phase: PhaseTiming['phase'], host: string, next: (row: PhaseTiming) => Partial<PhaseTiming>) => {
    const key = `${phase} ${host}`;
    const row = rows.get(key) ?? { phase, host, ...NOTHING };
    rows.set(key, { ...row, ...next(row) });
  };
  for (const event of events) {
    if (event.kind === 'host-probed') {
      const { host, atMs, durationMs } = event;
      change('probe', host, () => ({ startedMs: atMs - durationMs, durationMs }));
    } else if (event.kind === 'step-ended' && event.result.status !== 'cancelled') {
      const { step, result } = event;
      const endedMs = result.startedMs + result.durationMs;
      change(step.tag, step.host, (row) => {
        const startedMs = Math.min(row.startedMs ?? result.startedMs, result.startedMs);
        const lastMs = row.startedMs === null ? endedMs : Math.max(row.startedMs + row.durationMs, endedMs);
        return { steps: row.steps + 1, startedMs, durationMs: lastMs - startedMs };
      });
    } else if (event.kind === 'traffic') {
      for (const [host, traffic] of Object.entries(event.hosts)) {
        change(event.during, host, (row) => ({
          roundTrips: row.roundTrips + traffic.roundTrips,
          bytesSent: row.bytesSent + traffic.bytesSent,
          bytesReceived: row.bytesReceived + traffic.bytesReceived,
        }));
      }
    }
  }
  return [...rows.values()];
}

const NOTHING = { steps: 0, startedMs: null, durationMs: 0, roundTrips: 0, bytesSent: 0, bytesReceived: 0 } as const;

/** A table, a line for each host under its phase. */
export function timingsText(timings: readonly PhaseTiming[]): string {
  const rows = [
    ['phase', 'host', 'steps', 'time', 'round trips', 'sent', 'received'],
    ...timings.map((row) => [
      row.phase,
      row.host,
      String(row.steps),
      row.startedMs === null ? '-' : duration(row.durationMs),
      String(row.roundTrips),
      size(row.bytesSent),
      size(row.bytesReceived),
    ]),
  ];
  return table(rows, 2).join('\n');
}
