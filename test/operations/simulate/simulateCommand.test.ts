import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserError } from '../../../src/errors/userError.ts';
import { readTrace } from '../../../src/operations/simulate/readTrace.ts';
import type { Simulated } from '../../../src/operations/simulate/simulate.ts';
import { simulateCommand } from '../../../src/operations/simulate/simulateCommand.ts';
import { writeNpyInt32 } from '../../../src/placement/index.ts';

const CHOICES = {
  load: ['gen:drift'],
  policy: ['vllm:interval=40,window=20', 'omniplace:episode=20'],
  ranks: 4,
  'ranks-per-host': 2,
  steps: 200,
  seed: 1,
  layers: 2,
  experts: 16,
  tokens: 2048,
  period: 100,
  phase: 'decode',
  points: 20,
  seeds: 2,
  sweep: false,
} as const;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const run = (more: Partial<Parameters<typeof simulateCommand>[0]> = {}) =>
  simulateCommand({ ...CHOICES, ...more }, () => {});
const fault = async (more: Parameters<typeof run>[0]) => {
  const error = await run(more).then(
    () => null,
    (caught: unknown) => caught as UserError,
  );
  return `${error?.code}: ${error?.message}`;
};

describe('simulate', () => {
  it('compares policies with no balancing and says the same on every run', async () => {
    const first = await run();
    expect(await run()).toEqual(first);
    const { outcomes } = first.answer as Simulated;
    expect(outcomes.map(({ policy }) => policy.name)).toEqual(['none', 'vllm', 'omniplace']);
    expect(outcomes[0]!.speed).toBe(1);
    expect(first.text).toMatch(/^200 passes, 2 layers x 16 experts on 4 ranks of 2 hosts\n/);
    expect(first.text).toContain('Times are those of the cost model, not measured.');
  });

  it('writes one page with all its curves in it', async () => {
    const report = join(folder, 'sim.html');
    await run({ report });
    const page = readFileSync(report, 'utf8');
    expect(page.match(/<path class="curve/g)).toHaveLength(4 * 3);
    expect(page).not.toMatch(/<script|src=|href=|NaN|undefined/);
  });

  it('shows the service through a loss, its recovery time in parts', async () => {
    const report = join(folder, 'loss.html');
    const { text, answer } = await run({ lose: '1@100', report, policy: ['vllm', 'omniplace:redundant=16'] });
    expect(text).toContain('1 rank (1) lost at pass 100:\n\npolicy ');
    expect(text).toContain('\nNever moved an expert in this trace: vllm.\n');
    const rows = text.split('\n').filter((line) => /a new start|survivors/.test(line));
    expect(rows.map((line) => line.replace(/ +/g, ' ').split(' ').slice(0, 3).join(' '))).toEqual([
      'none a new',
      'vllm a new',
      'omniplace:redundant=16 survivors 15.0',
    ]);
    for (const { loss } of (answer as Simulated).outcomes) {
      expect(loss!.rtoMs).toBe(loss!.parts.reduce((sum, { ms }) => sum + ms, 0));
    }
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('<h2>1 rank (1) lost at pass 100</h2>');
    expect(page).not.toMatch(/<script|src=|href=|NaN|undefined/);
    const all = await run({ lose: 'host1@100', 'after-loss': 'restart', policy: ['omniplace'] });
    expect((all.answer as Simulated).outcomes.map(({ loss }) => loss!.how)).toEqual(['restart', 'restart']);
  });

  it('refuses a loss that can not be', async () => {
    expect(await fault({ lose: '1' })).toBe("bad_usage: --lose 1 can't be used");
    expect(await fault({ lose: '1@200' })).toBe("bad_usage: --lose 1@200 can't be used");
    expect(await fault({ lose: '4@100' })).toBe("bad_usage: --lose 4 can't be used");
    expect(await fault({ lose: '0-3@100' })).toBe('bad_usage: --lose 0-3@100: all 4 ranks would be lost');
  });

  it('sweeps a recorded trace in as many parts as there are seeds', async () => {
    const tokens = Int32Array.from({ length: 120 * 2 * 16 }, (_, i) => (i % 16) + 1);
    const { text } = await run({
      load: [file('long.npy', writeNpyInt32([120, 2, 16], tokens))],
      steps: undefined,
      sweep: true,
      policy: ['omni'],
    });
    expect(text).toContain('mean of 2 traces of 60 passes');
    expect(text).toContain('omni: ');
    expect(text).toContain(
      '\n  it never moved an expert: the traces are too short for its intervals (take more --steps) or well balanced\n',
    );
  });

  it('says what is empty in a trace, and refuses one without any token', async () => {
    const heard: string[] = [];
    const tokens = Int32Array.from({ length: 4 * 2 * 16 }, (_, i) => (i < 32 || (i >= 64 && i < 80) ? 0 : 1));
    const gaps = file('gaps.npy', writeNpyInt32([4, 2, 16], tokens));
    await simulateCommand({ ...CHOICES, load: [gaps], steps: undefined, policy: [] }, (line) => heard.push(line));
    expect(heard.slice(1)).toEqual([
      `${gaps}: 1 of 4 passes has no tokens: engines run them as dummy passes: the counters of vLLM and vllm-ascend go on, nothing is recorded`,
      `${gaps}: 1 layer of other passes has no tokens: it counts as balanced (PAR 1)`,
    ]);
    const empty = file('empty.npy', writeNpyInt32([4, 2, 16], new Int32Array(128)));
    expect(await fault({ load: [empty], steps: undefined })).toBe('bad_trace: none of the 4 passes has a token');
    expect(await fault({ load: [gaps, 'gen:drift'] })).toBe(
      `bad_usage: ${gaps}, gen:drift: a generated trace stands alone`,
    );
  });

  it('tells bad input as it is', async () => {
    expect(await fault({ load: ['gen:tides'] })).toBe(
      'bad_trace: there is no generator tides; there are steady, drift, bursts, antiphase, diurnal, mix',
    );
    expect(await fault({ policy: ['vllm:redundant=3'] })).toContain(
      "16 + 3 redundant experts don't divide over 4 ranks",
    );
    expect(await fault({ 'cost-model': file('costs.json', '{"topK": 0}') })).toContain('bad_cost_model: topK is 0');
    expect(await fault({ 'cost-model': file('broken.json', '{') })).toContain('bad_cost_model: ');
    expect(await fault({ load: [join(folder, 'absent.npy')] })).toContain('unreadable_file: ');
    const negative = file('negative.npy', writeNpyInt32([2, 1, 16], [...Array(17).fill(3), -1, ...Array(14).fill(3)]));
    expect(await fault({ load: [negative], steps: undefined })).toBe(
      'bad_trace: step 1, layer 0, expert 1 has -1 tokens; they are numbers from 0 to 2^53',
    );
    const whole = writeNpyInt32([4, 1, 16], Array(64).fill(1));
    expect(await fault({ load: [file('cut.npy', whole.subarray(0, whole.length - 3))], steps: undefined })).toContain(
      'needs 256 bytes, found 253',
    );
  });
});

describe('a recorded trace', () => {
  it('is streamed pass by pass', async () => {
    const load = [file('trace.npy', writeNpyInt32([3, 1, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))];
    const trace = await readTrace(
      { load, steps: undefined, generator: { ...CHOICES, skew: 1, noise: true } },
      () => {},
    );
    const tokens = new Float64Array(4);
    trace.read(2, tokens);
    expect([trace.steps, ...tokens]).toEqual([3, 9, 10, 11, 12]);
    trace.read(0, tokens);
    expect([...tokens]).toEqual([1, 2, 3, 4]);
  });
});
