import { describe, expect, it } from 'vitest';
import { DEFAULT_COST_MODEL } from '../../src/moves/costModel.ts';
import { GENERATORS, generatedTrace } from '../../src/simulation/generators.ts';
import { POLICY_NAMES, parsePolicy } from '../../src/simulation/policies.ts';
import { replay } from '../../src/simulation/replay.ts';
import { stretch, traceOfLoad } from '../../src/simulation/traces.ts';

const SHAPE = { layers: 3, experts: 32, ranks: 8, ranksPerHost: 4 };
const made = (name: string, steps: number, more = {}) =>
  generatedTrace(name, { ...SHAPE, steps, tokens: 4096, period: 200, skew: 1, noise: true, seed: 3, ...more });
const OPTIONS = { shape: SHAPE, cost: DEFAULT_COST_MODEL, phase: 'decode', points: 10 } as const;
const run = (trace: ReturnType<typeof made>, ...names: string[]) =>
  replay(
    trace,
    names.map((name) => parsePolicy(name, SHAPE)),
    OPTIONS,
  );

describe('a replay', () => {
  it('runs every policy there is to the end of every kind of trace, each pass counted once', () => {
    for (const name of Object.keys(GENERATORS)) {
      for (const outcome of run(made(name, 260), ...POLICY_NAMES.filter((policy) => policy !== 'omniplace'))) {
        expect(outcome.points.at(-1)!.lastStep).toBe(259);
        expect(outcome.points).toHaveLength(10);
        expect(outcome.tokensPerSecond).toBeGreaterThan(0);
        expect(outcome.parMean).toBeGreaterThanOrEqual(1);
      }
    }
  });

  it('is the same whenever it is run, and whoever runs beside', () => {
    const alone = run(made('drift', 300), 'vllm:interval=40,window=20');
    const beside = run(made('drift', 300), 'none', 'ascend-swift:heat=20,algorithm=5', 'vllm:interval=40,window=20');
    expect(beside[2]).toEqual(alone[0]);
  });

  it('shows where balancing is worse than doing nothing', () => {
    const [none, eager] = run(made('steady', 400, { skew: 0.05 }), 'none', 'vllm-sync:interval=4,window=4');
    expect(eager!.parMean).toBeGreaterThan(1);
    expect(eager!.moveStallSeconds).toBeGreaterThan(1);
    expect(eager!.tokensPerSecond).toBeLessThan(none!.tokensPerSecond);
  });

  it('shows where it pays', () => {
    const [none, vllm, ours] = run(
      made('steady', 1200),
      'none',
      'vllm:interval=200,window=100',
      'omniplace:episode=50,payback=2000',
    );
    expect(vllm!.tokensPerSecond).toBeGreaterThan(none!.tokensPerSecond);
    expect(ours!.tokensPerSecond).toBeGreaterThan(none!.tokensPerSecond);
    expect(ours!.expertsMoved).toBeLessThan(vllm!.expertsMoved);
    expect(none!.expertsMoved).toBe(0);
  });

  it('leaves a balanced load alone under our own policy', () => {
    const flat = traceOfLoad({ episodes: 300, layers: 3, experts: 32, tokens: new Float64Array(300 * 96).fill(100) });
    const [ours] = replay(flat, [parsePolicy('omniplace:episode=20,redundant=0', SHAPE)], OPTIONS);
    expect(ours!.expertsMoved).toBe(0);
    expect(ours!.rearrangements).toBe(0);
  });

  it('takes passes without tokens for dummy passes', () => {
    const idle = traceOfLoad({ episodes: 50, layers: 3, experts: 32, tokens: new Float64Array(50 * 96) });
    const [vllm] = replay(idle, [parsePolicy('vllm-sync:interval=40,window=5', SHAPE)], OPTIONS);
    expect(vllm!.tokensPerSecond).toBe(0);
    expect(vllm!.parMean).toBe(1);
    expect(vllm!.rearrangements).toBe(2); // at 10 and 50: dummy passes count towards the interval
  });

  it('names the place of a count that no router gives', () => {
    const tokens = new Float64Array(2 * 96).fill(1);
    tokens[96 + 33] = Number.NaN;
    expect(() => replay(traceOfLoad({ episodes: 2, layers: 3, experts: 32, tokens }), [], OPTIONS)).toThrow(
      'step 1, layer 1, expert 1 has NaN tokens; they are numbers from 0 to 2^53',
    );
  });
});

describe('traces', () => {
  it('are made of whole tokens, as many as asked for but for a router that draws', () => {
    for (const name of Object.keys(GENERATORS).filter((one) => one !== 'diurnal')) {
      const trace = made(name, 100);
      const tokens = new Float64Array(96);
      let sum = 0;
      for (let step = 0; step < 100; step++) {
        trace.read(step, tokens);
        for (const count of tokens) {
          expect(Number.isInteger(count) && count >= 0).toBe(true);
          sum += count;
        }
      }
      expect(Math.abs(sum / (100 * 3 * 4096) - 1)).toBeLessThan(0.01);
    }
  });

  it('follow from their seed', () => {
    const read = (seed: number) => {
      const tokens = new Float64Array(96);
      made('bursts', 100, { seed }).read(70, tokens);
      return [...tokens];
    };
    expect(read(1)).toEqual(read(1));
    expect(read(1)).not.toEqual(read(2));
  });

  it('swap hot halves with every turn of antiphase', () => {
    const trace = made('antiphase', 400, { noise: false, skew: 0 });
    const early = new Float64Array(96);
    const late = new Float64Array(96);
    trace.read(0, early);
    trace.read(200, late);
    for (let i = 0; i < 96; i++) expect(early[i]! > 128).toBe(late[i]! < 128);
  });

  it('spread each episode evenly over its steps and lose no token', () => {
    const trace = stretch(traceOfLoad({ episodes: 2, layers: 1, experts: 2, tokens: Float64Array.of(6, 3, 4, 2) }), 5);
    const steps = Array.from({ length: 5 }, (_, step) => {
      const tokens = new Float64Array(2);
      trace.read(step, tokens);
      return [...tokens];
    });
    expect(steps).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
  });
});
