import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/plan/step.ts';
import { batchReader, composeBatch, type FragmentEnd } from '../../src/runner/batch.ts';

describe('a batch', () => {
  it('runs its steps in order, frames their output and gives each its exit code', () => {
    const run = runBatch([
      [step('a'), 'echo one; echo two >&2'],
      [step('b'), 'printf "no line break"; exit 7'],
      [step('c'), 'echo; echo after an empty line'],
    ]);
    expect(run.lines).toEqual({ a: ['one', 'two'], b: ['no line break'], c: ['', 'after an empty line'] });
    expect(run.ends).toEqual({ a: exit(0), b: exit(7), c: exit(0) });
  });

  it('does not run what needs a failed step of the same batch, and runs the rest', () => {
    const run = runBatch([
      [step('a'), 'exit 1'],
      [step('b', { needs: ['run_docker/p0/a'] }), 'echo never'],
      [step('c', { needs: ['run_docker/p0/b'] }), 'echo never'],
      [step('d'), 'echo still'],
    ]);
    expect(run.ends).toEqual({ a: exit(1), b: { kind: 'not-run' }, c: { kind: 'not-run' }, d: exit(0) });
    expect(run.lines).toEqual({ d: ['still'] });
  });

  it('finds work that is already done, and refuses to work on what drifted', () => {
    const run = runBatch([
      [step('a', { guard: ['true'] }), 'echo never'],
      [step('b', { guard: ['false'] }), 'echo done now'],
      [step('c', { guard: ['sh', '-c', 'exit 3'] }), 'echo never'],
    ]);
    expect(run.ends).toEqual({ a: { kind: 'already-done' }, b: exit(0), c: { kind: 'drifted', code: 3 } });
    expect(run.lines).toEqual({ b: ['done now'] });
  });

  it('gives every step an empty standard input, so that none eats the script', () => {
    const run = runBatch([
      [step('a'), 'cat; echo read all'],
      [step('b'), 'echo alive'],
    ]);
    expect(run.lines).toEqual({ a: ['read all'], b: ['alive'] });
  });

  it('is not ended by a step that exits, nor misled by output that looks like its own marks', () => {
    const run = runBatch([
      [step('a'), 'echo "omniplace-other begin 0"; exit 0'],
      [step('b'), 'exit 5'],
    ]);
    expect(run.lines).toEqual({ a: ['omniplace-other begin 0'] });
    expect(run.ends).toEqual({ a: exit(0), b: exit(5) });
  });
});

function exit(code: number): FragmentEnd {
  return { kind: 'exit', code };
}

function step(name: string, parts: Partial<Step> = {}): Step {
  return {
    id: `run_docker/p0/${name}`,
    tag: 'run_docker',
    node: 'p0',
    host: '10.0.0.1',
    title: name,
    because: 'test',
    needs: [],
    after: [],
    guard: null,
    action: { kind: 'exec', argv: ['true'], in: null, stdin: null },
    deadlineMs: 1_000,
    disruptive: false,
    ...parts,
  };
}

function runBatch(fragments: [Step, string][]) {
  const script = composeBatch(
    fragments.map(([of, text]) => ({ step: of, script: text })),
    'omniplace-nonce',
  );
  const { stdout, status } = spawnSync('sh', ['-s'], { input: script, encoding: 'utf8' });
  expect(status).toBe(0);
  const name = (index: number) => fragments[index]?.[0].title ?? '?';
  const lines: Record<string, string[]> = {};
  const ends: Record<string, FragmentEnd> = {};
  const read = batchReader('omniplace-nonce', {
    began: () => {},
    line: (index, line) => {
      lines[name(index)] = [...(lines[name(index)] ?? []), line];
    },
    ended: (index, end) => {
      ends[name(index)] = end;
    },
  });
  for (const line of stdout.replace(/\n$/, '').split('\n')) read(line);
  return { lines, ends };
}
