import { describe, expect, it } from 'vitest';
import { traceOf } from '../../src/report/trace.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import fc from '../fakes/fastCheck.ts';
import { RUN, stepEnded, stepOf } from './runEvents.ts';
import { brokenRules } from './traceRules.ts';

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
      ['thread_name', 3, { name: 'notices' }],
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

  it('keeps to the format, also when steps of a node overlap in every way', () => {
    expect(brokenRules(JSON.stringify(traceOf(RUN)))).toEqual([]);
    const time = fc.integer({ min: 0, max: 40 }).map((tenths) => tenths * 100.25);
    const anyStep = fc.tuple(fc.constantFrom('p0', 'd0'), fc.constantFrom('h1', 'h2'), time, time);
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
        const events = steps
          .map(([node, host, from, took]) => stepEnded(stepOf('run_docker', node as NodeName, host), from, from + took))
          .sort((a, b) => a.atMs - b.atMs);
        expect(brokenRules(JSON.stringify(traceOf(events)))).toEqual([]);
      }),
    );
  });

  it.each([
    ['ts', { ts: 1.5 }],
    ['dur', { dur: -1 }],
    ['pid', { pid: 'h1' }],
    ['crosses', { ts: 20_000, dur: 45_000, pid: 1, tid: 1 }],
    ['phase', { ph: 'Z' }],
    ['row 1/99 has no name', { tid: 99 }],
    ['process 7 has no name', { pid: 7 }],
  ])('would be found out if it broke a rule: %s', (rule, change) => {
    const trace = traceOf(RUN);
    const slice = trace.traceEvents.find(({ ph }) => ph === 'X');
    const broken = { ...trace, traceEvents: [...trace.traceEvents, { ...slice, ...change }] };
    expect(brokenRules(JSON.stringify(broken)).join('\n')).toContain(rule);
  });
});
