import { describe, expect, it } from 'vitest';
import { joinEpisodes, loadFromArray, mergeEpisodes } from '../../../src/placement/episodes.ts';
import { parseDumpWindow, planDump } from '../../../src/placement/formats/dump.ts';
import { createDumpReader, type DumpOptions } from '../../../src/placement/formats/dumpReader.ts';
import { placementFromTables } from '../../../src/placement/slots.ts';
import fc from '../../fakes/fastCheck.ts';
import { loadOf } from '../fixtures.ts';

const file = (step: number) => `activation_counts_recordstep_${step}_rank_0.txt`;
const textOf = (window: number[][]) => window.map((line) => `${line.map((count) => `${count}\t`).join('')}\n`).join('');

function read(windows: (number[][] | string)[], options?: DumpOptions) {
  const reader = createDumpReader(windows.length, options);
  for (const [i, window] of windows.entries())
    reader.add(file(i + 1), typeof window === 'string' ? window : textOf(window));
  return reader.finish();
}

describe('planDump', () => {
  it('puts windows in the order of time, not of names', () => {
    const { windows, faults } = planDump('d', [file(10), file(9), ...[1, 2, 3, 4, 5, 6, 7, 8].map(file)]);
    expect(windows.map(({ recordStep }) => recordStep)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(faults).toEqual([]);
  });

  it('names the windows that are missing, and files that are none', () => {
    const names = [
      file(2),
      file(3),
      file(7),
      'activation_counts_recordstep_1_rank_3.txt',
      'notes.txt',
      'manifest.json',
    ];
    expect(planDump('dump/20250619_095310', names).faults).toEqual([
      {
        severity: 'error',
        code: 'other-ranks',
        file: 'activation_counts_recordstep_1_rank_3.txt',
        message:
          'is of rank 3; whole-cluster counts are in the files of rank 0 (versions to 0.2.0 wrote one file per rank: pattern pipeline reads those)',
      },
      {
        severity: 'warning',
        code: 'foreign-file',
        file: 'notes.txt',
        message: 'is no activation_counts_recordstep_<n>_rank_<r>.txt and was left out',
      },
      {
        severity: 'error',
        code: 'missing-windows',
        file: 'dump/20250619_095310',
        message: 'recordsteps missing: 1, 4 to 6',
      },
    ]);
  });

  it('keeps to a range, whose end is part of it', () => {
    const { windows, faults } = planDump('d', [1, 2, 3, 4].map(file), [2, 5]);
    expect(windows.map(({ recordStep }) => recordStep)).toEqual([2, 3, 4]);
    expect(faults.map(({ message }) => message)).toEqual(['recordsteps missing: 5']);
  });
});

describe('parseDumpWindow', () => {
  it('reads lines whose counts end with a tab', () => {
    const { layers, positions, tokens } = parseDumpWindow('1\t2\t3\t\n0\t0\t9007199254740992\t\n');
    expect([layers, positions, [...tokens]]).toEqual([2, 3, [1, 2, 3, 0, 0, 2 ** 53]]);
  });

  it.each([
    ['', 'is empty'],
    ['\n', 'line 1 has no counts'],
    ['1\t2\t\n3\t4', 'is truncated: its last line does not end'],
    ['1\t2\t\n3\t\n', 'line 2 has 1 counts, line 1 has 2'],
    ['1\t2\t\n3\t4\t5\t\n', 'line 2 has 3 counts, line 1 has 2'],
    ['1\t-2\t\n', 'line 1, column 2: "-2" is no count from 0 to 2^53'],
    ['1\t1e3\t\n', 'line 1, column 2: "1e3" is no count from 0 to 2^53'],
    ['1\t\t2\t\n', 'line 1, column 2: "" is no count from 0 to 2^53'],
    ['1\t9007199254740993\t\n', 'line 1, column 2: "9007199254740993" is no count from 0 to 2^53'],
  ])('refuses %j', (text, message) => {
    for (const content of [text, Buffer.from(text)])
      expect(() => parseDumpWindow(content)).toThrow(expect.objectContaining({ code: 'bad-file', message }));
  });

  it('reads the same from bytes as from text, with ends of lines as they come', () => {
    const counts = fc.array(fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(counts, fc.constantFrom('\t\n', '\n', '\t\r\n', '\r\n'), (window, end) => {
        const text = window.map((line) => `${line.join('\t')}${end}`).join('');
        for (const content of [text, Buffer.from(text)]) {
          const { layers, positions, tokens } = parseDumpWindow(content);
          expect([layers, positions, [...tokens]]).toEqual([window.length, 3, window.flat()]);
        }
      }),
    );
  });
});

describe('reading a dump', () => {
  const one = [
    [1, 2],
    [3, 4],
  ];

  it('gives an episode per window and says once that columns count as experts', () => {
    const { load, windows, faults, notes } = read([one, one]);
    expect(load).toEqual(loadOf([one, one]));
    expect([windows, faults]).toEqual([2, []]);
    expect(notes).toEqual([
      'the columns count as experts: nothing says that another placement than the base served while they were recorded',
    ]);
  });

  it('leaves out what is not whole or of another shape, and names each', () => {
    const zero = [
      [0, 0],
      [0, 0],
    ];
    const { load, windows, faults } = read([
      one,
      '1\t2\t\n3',
      [[1, 2]],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
      zero,
      [
        [0, 0],
        [5, 6],
      ],
    ]);
    expect(windows).toBe(2);
    expect(load.tokens).toEqual(Float64Array.of(1, 2, 3, 4, 0, 0, 5, 6));
    expect(faults.map(({ severity, code, file, message }) => `${severity} ${code}: ${file} ${message}`)).toEqual([
      `error malformed-window: ${file(2)} is truncated: its last line does not end`,
      `error mixed-shapes: ${file(3)} has 1 layers, 2 are expected`,
      `error wrong-columns: ${file(4)} has 3 columns for 2 experts: they are slots of another placement than the base; say which one`,
      `warning all-zero: ${file(5)} has no tokens at all: an idle minute`,
      `warning zero-layer: ${file(6)} has no tokens in layer 0, but in others`,
    ]);
  });

  it('goes by the shape that most windows have, whichever comes first', () => {
    const { load, windows, faults } = read([
      [[1, 2]],
      [
        [1, 2, 9],
        [3, 4, 9],
      ],
      one,
      one,
    ]);
    expect(load).toEqual(loadOf([one, one]));
    expect(windows).toBe(2);
    expect(faults.map(({ file, message }) => `${file} ${message}`)).toEqual([
      `${file(1)} has 1 layers, 2 are expected`,
      `${file(2)} has 3 columns for 2 experts: they are slots of another placement than the base; say which one`,
    ]);
  });

  it('fails where no window is left', () => {
    expect(() => read(['1\t2\t\n3'])).toThrow(
      `no window of the dump can be used: ${file(1)} is truncated: its last line does not end`,
    );
    expect(() => createDumpReader(0).finish()).toThrow('no window of the dump can be used: there is none');
  });

  it('refuses the columns of a redundant placement that nobody named', () => {
    expect(() => read([[[1, 2, 3, 4, 5]]], { experts: 4 })).toThrow(
      'has 5 columns for 4 experts: they are slots of another placement than the base; say which one',
    );
  });

  it('maps slots of another placement back to experts, layers of different width too', () => {
    const recordedUnder = placementFromTables(
      [
        [
          [2, 0],
          [1, 2],
        ],
        [[0], [1, 2]].map((held) => held),
      ],
      3,
    );
    const { load, notes } = read(
      [
        [
          [10, 5, 7, 3],
          [1, 0, 4, 6],
        ],
      ],
      { recordedUnder },
    );
    expect(load).toEqual(
      loadOf([
        [
          [5, 7, 13],
          [1, 4, 6],
        ],
      ]),
    );
    expect(notes).toEqual([]);
  });

  it('refuses tokens in a slot that the placement leaves empty', () => {
    const recordedUnder = placementFromTables([[[0], [1, 2]]], 3);
    expect(() => read([[[1, 9, 4, 6]]], { recordedUnder })).toThrow(
      'has 9 tokens in layer 0, rank 0, slot 1, which is empty in the placement it is said to be recorded under',
    );
    expect(() => read([[[1, 4, 6]]], { recordedUnder })).toThrow(
      'has 3 columns, the placement it is said to be recorded under has 4 slots',
    );
  });

  it('loses no token whatever the placement was', () => {
    const dumps = fc
      .record({
        ranks: fc.integer({ min: 1, max: 4 }),
        slots: fc.integer({ min: 1, max: 4 }),
        experts: fc.integer({ min: 1, max: 6 }),
      })
      .chain(({ ranks, slots, experts }) =>
        fc.record({
          placed: fc.array(fc.array(fc.nat(experts - 1), { minLength: slots, maxLength: slots }), {
            minLength: ranks,
            maxLength: ranks,
          }),
          counts: fc.array(fc.integer({ min: 1, max: 9999 }), { minLength: ranks * slots, maxLength: ranks * slots }),
          experts: fc.constant(experts),
        }),
      );
    fc.assert(
      fc.property(dumps, ({ placed, counts, experts }) => {
        const { load } = read([[counts]], { recordedUnder: placementFromTables([placed], experts) });
        const wanted = new Array(experts).fill(0);
        placed.flat().forEach((expert, slot) => {
          wanted[expert] += counts[slot];
        });
        expect([...load.tokens]).toEqual(wanted);
      }),
    );
  });

  it('merges windows as they come', () => {
    const windows = [1, 2, 3, 4, 5].map((n) => [[n, 10 * n]]);
    const { load } = read(windows, { episodes: 2 });
    expect(load).toEqual(mergeEpisodes(read(windows).load, 2));
    expect(load).toEqual(loadOf([[[6, 60]], [[9, 90]]]));
  });
});

describe('loads', () => {
  it('of several folders follow each other, if they are of one model', () => {
    expect(joinEpisodes([loadOf([[[1, 2]]]), loadOf([[[3, 4]]])])).toEqual(loadOf([[[1, 2]], [[3, 4]]]));
    expect(() => joinEpisodes([loadOf([[[1, 2]]]), loadOf([[[3, 4, 5]]])])).toThrow(
      "loads of 1 layers x 2 experts and of 1 x 3 don't belong together",
    );
  });

  it('come from arrays of two or three axes', () => {
    expect(loadFromArray({ shape: [1, 2], data: [1, 2] })).toEqual(loadOf([[[1, 2]]]));
    expect(loadFromArray({ shape: [2, 1, 2], data: [1, 2, 3, 4] })).toEqual(loadOf([[[1, 2]], [[3, 4]]]));
    expect(() => loadFromArray({ shape: [4], data: [1, 2, 3, 4] })).toThrow(
      'a load has shape (layers, experts) or (episodes, layers, experts), this file (4)',
    );
    expect(() => loadFromArray({ shape: [1, 2], data: [1, Number.NaN] })).toThrow(
      'value 1 of the load is NaN; tokens are numbers from 0 to 2^53',
    );
  });

  it('are not merged into more episodes than there are', () => {
    expect(() => mergeEpisodes(loadOf([[[1, 2]]]), 2)).toThrow("1 episodes can't be merged into 2");
  });
});
