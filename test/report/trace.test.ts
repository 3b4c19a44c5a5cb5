import { describe, expect, it } from 'vitest';
import { traceOf } from '../../src/report/trace.ts';
import { RUN } from './runEvents.ts';

const { traceEvents } = traceOf(RUN);

describe('a trace', () => {
  it('has a process for each host and for the run, and a row for each node', () => {
    const names = traceEvents.filter(({ ph }) => ph === 'M').map((event) => [event.name, event.pid, event.args]);
    expect(names).toEqual([
      ['process_name', 1, { name: 'h1' }],
      ['process_name', 2, { name: 'h2' }],
      ['process_name', 3, { name: 'run' }],
      ['thread_name', 1, { name: 'host' }],
      ['thread_name', 2, { name: 'host' }],
      ['thread_name', 1, { name: 'p0' }],
      ['thread_name', 1, { name: 'p0' }],
      ['thread_name', 2, { name: 'd0' }],
      ['thread_name', 3, { name: 'phases' }],
    ]);
  });

  it('shows probes, phases and steps as slices in microseconds, and no step that never began', () => {
    const slices = traceEvents.filter(({ ph }) => ph === 'X').map(({ name, cat, ts, dur }) => [name, cat, ts, dur]);
    expect(slices).toEqual([
      ['probe', 'probe', 10_000, 50_000],
      ['probe', 'probe', 10_000, 80_000],
      ['do a', 'run_docker', 100_000, 50_000],
      ['do b', 'run_docker', 110_000, 90_500],
      ['do a', 'run_docker', 100_000, 1_200_000],
      ['run_docker', 'phase', 100_000, 1_200_000],
    ]);
  });

  it('never lets slices of one row overlap: a viewer would draw them into each other', () => {
    const rows = new Map<unknown, { from: number; to: number }[]>();
    for (const { ph, pid, tid, ts, dur } of traceEvents) {
      if (ph !== 'X') continue;
      const row = rows.get(`${pid} ${tid}`) ?? [];
      const slice = { from: Number(ts), to: Number(ts) + Number(dur) };
      expect(row.filter(({ from, to }) => from < slice.to && slice.from < to)).toEqual([]);
      rows.set(`${pid} ${tid}`, [...row, slice]);
    }
    expect(rows.size).toBe(6);
  });

  it('counts bytes up, and marks notices', () => {
    const counters = traceEvents.filter(({ ph }) => ph === 'C').map(({ pid, ts, args }) => [pid, ts, args]);
    expect(counters.at(-2)).toEqual([1, 1_300_000, { sent: 3 * 1024 * 1024 + 4000, received: 2010 }]);
    expect(traceEvents.filter(({ ph }) => ph === 'i').map(({ name }) => name)).toEqual(['look here']);
  });

  it('is what viewers read: names, phases and whole numbers of process and row everywhere', () => {
    for (const event of JSON.parse(JSON.stringify(traceEvents)) as Record<string, unknown>[]) {
      expect(typeof event.name).toBe('string');
      expect([event.pid, event.ph === 'C' ? 0 : event.tid].every(Number.isInteger)).toBe(true);
      if (event.ph !== 'M') expect(Number.isInteger(event.ts)).toBe(true);
    }
  });
});
