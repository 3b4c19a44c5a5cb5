import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import PatternBuild from '../../../src/commands/pattern/build.ts';
import { readLoad } from '../../../src/operations/pattern/readLoad.ts';
import { placementFromTables, writeExpertMap, writePattern } from '../../../src/placement/index.ts';
import { patternCli, windowName, windowText } from './cli.ts';

const { path, write, run } = patternCli();
const ONE = windowText([
  [1, 2, 3, 4],
  [5, 6, 7, 8],
]);
const TWO = windowText([
  [10, 20, 30, 40],
  [50, 60, 70, 80],
]);

async function read(folder: string | readonly string[], request: Partial<Parameters<typeof readLoad>[0]> = {}) {
  const said: string[] = [];
  const sources = (typeof folder === 'string' ? [folder] : folder).map(path);
  const load = await readLoad({ sources, ...request }, (text) => said.push(text.replaceAll(`${path('')}/`, '')));
  return { load, said };
}

describe('a dump folder', () => {
  it('gives an episode per window, and says once that it counts as recorded under the base', async () => {
    write(`dump/${windowName(1)}`, ONE);
    write(`dump/${windowName(2)}`, TWO);
    const { load, said } = await read('dump');
    expect(load).toEqual({
      episodes: 2,
      layers: 2,
      experts: 4,
      tokens: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80),
    });
    expect(said).toEqual([
      'dump: nothing says what served while this was recorded; its columns count as experts, as under the base placement (--recorded-under says otherwise)',
    ]);
  });

  it('says nothing where the placement is said, by flag or by manifest', async () => {
    write(`dump/${windowName(1)}`, ONE);
    expect((await read('dump', { recordedUnder: 'base' })).said).toEqual([]);
    write('dump/manifest.json', '{"recordedUnder": "base"}');
    expect((await read('dump')).said).toEqual([]);
  });

  it('may be a dump_dir with a folder for every start, read in the order of time', async () => {
    write(`dump/20250619_110000/${windowName(1)}`, TWO);
    write(`dump/20250619_095310/${windowName(1)}`, ONE);
    const { load } = await read('dump', { recordedUnder: 'base' });
    expect([...load.tokens.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect(load.episodes).toBe(2);
  });

  it('is one of several: their windows follow each other', async () => {
    write(`p0/${windowName(1)}`, ONE);
    write(`p1/${windowName(1)}`, TWO);
    const { load } = await read(['p0', 'p1'], { recordedUnder: 'base', episodes: 1 });
    expect([...load.tokens]).toEqual([11, 22, 33, 44, 55, 66, 77, 88]);
  });

  it('is merged into 8 episodes where it has more windows, and that is said', async () => {
    for (let step = 1; step <= 20; step++) write(`dump/${windowName(step)}`, ONE);
    const { load, said } = await read('dump', { recordedUnder: 'base' });
    expect(load.episodes).toBe(8);
    expect(load.tokens.reduce((a, b) => a + b)).toBe(20 * 36);
    expect(said).toEqual(['20 windows are merged into 8 episodes; choose with --episodes']);
  });

  it('is read from a to b with --windows', async () => {
    for (let step = 1; step <= 3; step++) write(`dump/${windowName(step)}`, step === 2 ? TWO : ONE);
    const { load } = await read('dump', { recordedUnder: 'base', windows: [2, 2] });
    expect([...load.tokens]).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
  });

  it('is mapped back to experts from the slots of the placement it was recorded under', async () => {
    // expert 0 stands on both ranks
    const under = placementFromTables(
      [
        [
          [0, 1],
          [2, 0],
        ],
        [
          [2, 0],
          [0, 1],
        ],
      ],
      3,
    );
    write('served.json', writeExpertMap(under));
    write(`dump/${windowName(1)}`, ONE);
    write('dump/manifest.json', '{"recordedUnder": "../served.json"}');
    const { load, said } = await read('dump');
    expect(said).toEqual([]);
    expect([...load.tokens]).toEqual([1 + 4, 2, 3, 6 + 7, 8, 5]);
  });

  it('of folders recorded under different placements is mapped folder by folder', async () => {
    write(
      'served.json',
      writeExpertMap(
        placementFromTables(
          [
            [
              [3, 2],
              [1, 0],
            ],
            [
              [0, 1],
              [2, 3],
            ],
          ],
          4,
        ),
      ),
    );
    write(`a/${windowName(1)}`, ONE);
    write('a/manifest.json', '{"recordedUnder": "../served.json"}');
    write(`b/${windowName(1)}`, TWO);
    write('b/manifest.json', '{"recordedUnder": "base"}');
    const { load } = await read(['a', 'b']);
    expect([...load.tokens]).toEqual([4, 3, 2, 1, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80]);
  });
});

describe('a damaged dump', () => {
  const half = () => {
    write(`dump/${windowName(1)}`, ONE);
    write(`dump/${windowName(2)}`, ONE.slice(0, 12));
    write(`dump/${windowName(3)}`, windowText([[1, 2, 3, 4]]));
    write(
      `dump/${windowName(5)}`,
      windowText([
        [1, 2, 3],
        [5, 6, 7],
      ]),
    );
    write(
      `dump/${windowName(6)}`,
      windowText([
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
    );
    write('dump/notes.txt', 'x');
  };

  it('is used as far as it is whole, and everything else is said', async () => {
    half();
    const { load, said } = await read('dump', { recordedUnder: 'base' });
    expect([...load.tokens]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(said).toEqual([
      'warning: dump/notes.txt is no activation_counts_recordstep_<n>_rank_<r>.txt and was left out',
      'warning: dump: recordsteps missing: 4',
      'warning: dump/activation_counts_recordstep_2_rank_0.txt is truncated: its last line does not end',
      'warning: dump/activation_counts_recordstep_3_rank_0.txt has 1 layers, 2 are expected',
      'warning: dump/activation_counts_recordstep_5_rank_0.txt has 3 columns for 4 experts: they are slots of another placement than the base; say which one',
      'warning: dump/activation_counts_recordstep_6_rank_0.txt has no tokens at all: an idle minute',
      '1 of 5 windows are used',
    ]);
  });

  it('is refused with --strict', async () => {
    half();
    const { code, stderr } = await run(PatternBuild, '--load', path('dump'), '--ranks', '2', '--strict');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'error damaged_dump: the dump has 4 faults, shown above\n  hint: Fetch it again, choose whole windows with --windows a:b, or go on without --strict.\n',
    );
  });

  it('is found out by the sizes and digests of its manifest', async () => {
    write(`dump/${windowName(1)}`, ONE);
    // cut at the end of a line, with its digest as it was
    write(`dump/${windowName(2)}`, windowText([[1, 2, 3, 4]]));
    write(`dump/${windowName(3)}`, TWO);
    const sha256 = createHash('sha256').update(ONE).digest('hex');
    const files = [
      { name: windowName(1), bytes: ONE.length, sha256 },
      { name: windowName(2), bytes: ONE.length },
      { name: windowName(3), sha256 },
      { name: windowName(4), bytes: ONE.length },
    ];
    write('dump/manifest.json', JSON.stringify({ recordedUnder: 'base', files }));
    const { load, said } = await read('dump');
    expect(load.episodes).toBe(1);
    expect(said).toEqual([
      `warning: dump/${windowName(2)} has 9 bytes, manifest.json says 18: it was left out`,
      `warning: dump/${windowName(3)} is not the file manifest.json has the digest of: it was left out`,
      `warning: dump/${windowName(4)} is missing, though manifest.json lists it`,
      '1 of 1 windows are used',
    ]);
  });

  it.each([
    [
      'an empty folder',
      {},
      'error bad_load: dump: holds no activation_counts_recordstep_<n>_rank_0.txt, nor folders of them named like 20250619_095310\n  hint: Give the folder that OmniPlacement wrote below its dump_dir.',
    ],
    [
      'nothing but idle minutes',
      {
        [windowName(1)]: windowText([
          [0, 0],
          [0, 0],
        ]),
      },
      'error bad_load: dump: no window of the dump can be used: dump/activation_counts_recordstep_1_rank_0.txt has no tokens at all: an idle minute\n  hint: A load is tokens per layer and expert: a .npy, the pattern tool’s CSV or a folder of dumps.',
    ],
    [
      'a manifest that is none',
      { [windowName(1)]: ONE, 'manifest.json': '[]' },
      'error bad_manifest: dump/manifest.json: is no object\n  hint: fetch-dumps writes it; by hand it is {"recordedUnder": "base" or a pattern file}.',
    ],
  ])('of %s is refused', async (_, files, wanted) => {
    write('dump/readme', 'x');
    for (const [name, content] of Object.entries(files)) write(`dump/${name}`, content);
    const { code, stderr } = await run(
      PatternBuild,
      '--load',
      path('dump'),
      '--ranks',
      '2',
      '--recorded-under',
      'base',
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: `${wanted}\n` });
  });

  it('with columns of redundant slots is told what to say', async () => {
    write(`dump/${windowName(1)}`, ONE);
    const { code, stderr } = await run(PatternBuild, '--load', path('dump'), '--ranks', '2', '--experts', '3');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'has 4 columns for 3 experts: they are slots of another placement than the base; say which one',
    );
  });
});

describe('a manifest of fetch-dumps', () => {
  const manifestOf = (recorded: object, more: object = {}) =>
    JSON.stringify({
      version: 1,
      experts: 4,
      folders: [{ stamp: '20250619_095310', recorded: { pattern: null, dynamic: false, because: null, ...recorded } }],
      files: [
        {
          name: `20250619_095310/${windowName(1)}`,
          bytes: ONE.length,
          sha256: createHash('sha256').update(ONE).digest('hex'),
        },
      ],
      problems: [],
      ...more,
    });
  const fetched = (recorded: object, content = ONE) => {
    write(`D0/20250619_095310/${windowName(1)}`, content);
    write('D0/manifest.json', manifestOf(recorded));
  };

  it('is found above the folder, and beside it in what was fetched', async () => {
    fetched({ pattern: 'base' });
    expect((await read('D0')).said).toEqual([]);
    expect((await read('D0/20250619_095310')).said).toEqual([]);
  });

  it('gives away a window that was changed or cut since', async () => {
    fetched({ pattern: 'base' }, TWO);
    const { code, stderr } = await run(PatternBuild, '--load', path('D0'), '--ranks', '2');
    expect(code).toBe(2);
    expect(stderr).toContain(
      `warning: D0/20250619_095310/${windowName(1)} has 26 bytes, manifest.json says 18: it was left out\n`,
    );
  });

  it('asks for the pattern that served, and takes no other', async () => {
    const under = writePattern(
      placementFromTables(
        [
          [
            [0, 1],
            [1, 2],
          ],
          [
            [2, 0],
            [1, 0],
          ],
        ],
        3,
      ),
    );
    fetched({ pattern: createHash('sha256').update(under).digest('hex') });
    await expect(read('D0')).rejects.toThrow(
      /20250619_095310: was recorded under the pattern with the digest [0-9a-f]{12}$/,
    );
    await expect(read('D0', { recordedUnder: 'base' })).rejects.toThrow(/not base$/);
    const other = write(
      'other.npy',
      writePattern(
        placementFromTables(
          [
            [
              [0, 2],
              [1, 2],
            ],
            [
              [2, 0],
              [1, 0],
            ],
          ],
          3,
        ),
      ),
    );
    await expect(read('D0', { recordedUnder: other })).rejects.toThrow(/, not .*other.npy$/);
    const { load, said } = await read('D0', { recordedUnder: write('served.npy', under) });
    expect(said).toEqual([]);
    expect([...load.tokens]).toEqual([1, 2 + 3, 4, 5 + 7, 8, 6]);
  });

  it('says why it does not know, and that dynamic placement spoils a dump', async () => {
    fetched({ because: 'd0 does not run', dynamic: true });
    const { said } = await read('D0');
    expect(said).toEqual([
      'D0/20250619_095310 (d0 does not run): nothing says what served while this was recorded; its columns count as experts, as under the base placement (--recorded-under says otherwise)',
      'warning: D0/20250619_095310: experts moved while it was recorded (enable_dynamic), so its columns changed their meaning',
      '1 of 1 windows are used',
    ]);
  });

  it('does not let a dump recorded under base pass for another', async () => {
    fetched({ pattern: 'base' });
    const other = write(
      'other.npy',
      writePattern(
        placementFromTables(
          [
            [
              [0, 1],
              [2, 3],
            ],
          ],
          4,
        ),
      ),
    );
    await expect(read('D0', { recordedUnder: other })).rejects.toThrow(
      /manifest.json says it was recorded under the base placement, not /,
    );
  });
});
