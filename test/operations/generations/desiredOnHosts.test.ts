import { describe, expect, it } from 'vitest';
import { chooseTarget } from '../../../src/operations/generations/chooseTarget.ts';
import { desiredOnHosts } from '../../../src/operations/generations/desiredOnHosts.ts';
import { type DesiredRecord, parseDesiredRecord } from '../../../src/state/desiredRecord.ts';
import type { RunFact } from '../../../src/state/runFact.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const C = 'c'.repeat(64);
const LIST = `run r-a (generation ${A.slice(0, 12)}), run r-b (generation ${B.slice(0, 12)})`;

const record = (seq: number, generation: string, more: Partial<DesiredRecord> = {}): DesiredRecord => ({
  ...parseDesiredRecord(JSON.stringify({ seq, generation, run: `r${seq}` }))!,
  ...more,
});
const fact = (generation: string, more: Partial<RunFact> = {}): RunFact => ({
  run: 'r-last',
  command: 'serve',
  state: 'done',
  owner: 'ann@a',
  generation,
  nodes: {},
  ...more,
});
const host = (desired: DesiredRecord | null, run: RunFact | null = null, ...kept: [string, string][]) => ({
  address: '10.0.0.1',
  desired,
  run,
  kept: kept.map(([name, generation]) => ({ run: name, generation, nodes: {} })),
});

describe('what hosts should run', () => {
  it('is the record with the highest number, whatever the clocks show', () => {
    const old = record(4, A, { at: '2030-01-01T00:00:00Z' });
    const now = record(5, B, { at: '2020-01-01T00:00:00Z' });
    expect(desiredOnHosts([host(old), host(old), host(now), host(null)])?.generation).toBe(B);
    expect(desiredOnHosts([host(null)])).toBeNull();
  });

  it('is what most hosts have, where records of one number differ', () => {
    expect(desiredOnHosts([host(record(5, A)), host(record(5, B)), host(record(5, B))])?.generation).toBe(B);
  });

  it('is where a rollback goes from its start', () => {
    const going = fact(A, { command: 'rollback', state: 'running' });
    const found = desiredOnHosts([host(record(3, C, { way: [B, A] }), going)]);
    expect([found?.generation, found?.way, found?.by]).toEqual([A, [], 'ann@a']);
  });

  it('is not there in a text of another shape', () => {
    expect(['', '{}', '[]', '{"seq":-1,"generation":"g","run":"r"}'].map(parseDesiredRecord)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('where a rollback goes', () => {
  const kept: [string, string][] = [
    ['r-a', A],
    ['r-b', B],
  ];

  it('is the generation before the one that should run, and further back the next time', () => {
    const served = host(record(3, C, { way: [B, A] }), fact(C), ...kept);
    expect(chooseTarget([served, served], null)).toMatchObject({ generation: B });
    const back = host(record(4, B, { way: [A] }), fact(B, { command: 'rollback' }), ...kept);
    expect(chooseTarget([back], null)).toMatchObject({ generation: A });
    const first = host(record(5, A), fact(A, { command: 'rollback' }), ...kept);
    expect(chooseTarget([first], null)).toBe(`nothing older than what is there now is kept: ${LIST}`);
  });

  it('is what should run, after a change that served no token, or a rollback that was interrupted', () => {
    const wreck = host(record(2, B, { way: [A] }), fact(C, { state: 'failed' }), ...kept);
    expect(chooseTarget([wreck], null)).toMatchObject({ generation: B });
    const cut = host(record(3, C, { way: [B, A] }), fact(A, { command: 'rollback', state: 'interrupted' }), ...kept);
    expect(chooseTarget([cut], null)).toMatchObject({ generation: A });
  });

  it('passes over what one of the hosts does not keep', () => {
    const all = host(record(3, C, { way: [B, A] }), fact(C), ...kept);
    const some = host(record(3, C, { way: [B, A] }), fact(C), ['r-a', A]);
    expect(chooseTarget([all, some], null)).toMatchObject({ generation: A });
  });

  it('is the run or generation that is named, by its beginning', () => {
    const served = host(record(2, B, { way: [A] }), fact(B), ...kept);
    expect(chooseTarget([served], 'r-a')).toMatchObject({ generation: A });
    expect(chooseTarget([served], 'bbbb')).toMatchObject({ generation: B });
    expect(chooseTarget([served], 'r-x')).toBe(`no generation of run r-x is kept on every host; there is ${LIST}`);
  });

  it('is the last but one that served where hosts have no record of what should run', () => {
    expect(chooseTarget([host(null, fact(B), ...kept)], null)).toMatchObject({ generation: A });
    expect(chooseTarget([host(null, fact(A), ['r-a', A])], null)).toBe(
      `only what is there now is kept: run r-a (generation ${A.slice(0, 12)})`,
    );
    expect(chooseTarget([host(null)], null)).toBe(
      'no generation that served is kept on the hosts: nothing to go back to',
    );
  });
});
