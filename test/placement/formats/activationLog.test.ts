import { describe, expect, it } from 'vitest';
import { createActivationLogReader } from '../../../src/placement/formats/activationLog.ts';
import { loadOf } from '../fixtures.ts';

const line = (mode: string, step: number, rank: number, layer: number, counts: number[], said = counts.length) =>
  `INFO 06-19 09:53:10 [dump activation] ${mode} step ${step} in rank ${rank} for layer ${layer} get ${said} experts data: ${counts.join('\t')}\t`;

function read(lines: string[], options = {}) {
  const reader = createActivationLogReader({ layers: 2, experts: 4, ranks: 2, collecting: 'decode', ...options });
  const faults = lines.map((text) => reader.add(text));
  return { ...reader.finish()!, faults };
}

describe('the log of activations', () => {
  it('is summed over steps, every rank in its part', () => {
    const { load, faults, missing } = read([
      line('decode', 1, 0, 0, [1, 2]),
      'something else',
      line('decode', 1, 1, 0, [3, 4]),
      line('decode', 1, 0, 1, [5, 6]),
      line('decode', 1, 1, 1, [7, 8]),
      line('decode', 2, 1, 1, [10, 10]),
      line('prefill', 2, 1, 1, [100, 100]),
    ]);
    expect(load).toEqual(
      loadOf([
        [
          [1, 2, 3, 4],
          [5, 6, 17, 18],
        ],
      ]),
    );
    expect([faults.filter((fault) => fault !== undefined), missing]).toEqual([[], undefined]);
  });

  it('keeps to a range of steps, whose end is part of it', () => {
    const lines = [1, 2, 3].map((step) => line('decode', step, 0, 0, [step, 0, 0, 0]));
    expect([...read(lines, { ranks: 1, layers: 1, range: [2, 3] }).load.tokens]).toEqual([5, 0, 0, 0]);
  });

  it('names lines that do not fit, and what was never logged', () => {
    const { faults, missing } = read([
      line('decode', 1, 0, 0, [1, 2]),
      line('decode', 1, 2, 0, [1, 2]),
      line('decode', 1, 1, 2, [1, 2]),
      line('decode', 1, 1, 0, [1], 2),
    ]);
    expect(faults).toEqual([
      undefined,
      'is of rank 2, the log is said to be of 2',
      'is of layer 2, the model has 2',
      'has 1 of 2 counts, a rank holds 2 experts',
    ]);
    expect(missing).toBe('nothing of 3 of 4 parts (layers x ranks), the first layer 0 on rank 1');
  });

  it('is nothing where no line can be used', () => {
    const reader = createActivationLogReader({ layers: 2, experts: 4, ranks: 2, collecting: 'decode' });
    expect(reader.add(line('prefill', 1, 0, 0, [1, 2]))).toBeUndefined();
    expect(reader.finish()).toBeNull();
  });

  it('refuses ranks that do not share the experts evenly', () => {
    expect(() => createActivationLogReader({ layers: 1, experts: 4, ranks: 3, collecting: 'all' })).toThrow(
      "4 experts don't divide over 3 ranks that wrote the log",
    );
  });
});
