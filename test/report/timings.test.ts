import { describe, expect, it } from 'vitest';
import { timingsOf, timingsText } from '../../src/report/timings.ts';
import { RUN } from './runEvents.ts';

describe('timings', () => {
  it('say of every host and phase its steps, its time from the first to the last, and what went over the wire', () => {
    expect(timingsOf(RUN)).toEqual([
      row('probe', 'h1', 0, 10, 50, 1, 4000, 2000),
      row('probe', 'h2', 0, 10, 80, 1, 4000, 1000),
      row('run_docker', 'h1', 2, 100, 100.5, 2, 3 * 1024 * 1024, 10),
      row('run_docker', 'h2', 1, 100, 1200, 1, 20, 30),
    ]);
  });

  it('are a table whose numbers stand under each other', () => {
    expect(timingsText(timingsOf(RUN))).toBe(
      [
        'phase       host  steps    time  round trips     sent  received',
        'probe       h1        0   50 ms            1  3.9 KiB   2.0 KiB',
        'probe       h2        0   80 ms            1  3.9 KiB    1000 B',
        'run_docker  h1        2  101 ms            2  3.0 MiB      10 B',
        'run_docker  h2        1   1.2 s            1     20 B      30 B',
      ].join('\n'),
    );
  });

  it('keep traffic of a phase in which a host had no step', () => {
    const hosts = { h3: { roundTrips: 2, bytesSent: 1, bytesReceived: 1 } };
    expect(timingsText(timingsOf([{ kind: 'traffic', atMs: 5, during: 'lease', hosts }])).split('\n')[1]).toBe(
      'lease  h3        0     -            2   1 B       1 B',
    );
  });
});

function row(
  phase: string,
  host: string,
  steps: number,
  startedMs: number,
  durationMs: number,
  roundTrips: number,
  bytesSent: number,
  bytesReceived: number,
) {
  return { phase, host, steps, startedMs, durationMs, roundTrips, bytesSent, bytesReceived };
}
