import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import PatternBase from '../../../src/commands/pattern/base.ts';
import PatternConvert from '../../../src/commands/pattern/convert.ts';
import { parsePattern, placementFromTables, writeExpertMap, writePattern } from '../../../src/placement/index.ts';
import { tablesOf } from '../../placement/fixtures.ts';
import { patternCli } from './cli.ts';

const { path, write, run } = patternCli();
const PLACEMENT = placementFromTables(
  [
    [
      [0, 1, 2],
      [1, 2, 3],
    ],
    [
      [0, 2, 3],
      [0, 1, 3],
    ],
  ],
  4,
);

describe('pattern convert', () => {
  it('goes to each form and back without a difference', async () => {
    const start = write('a.npy', writePattern(PLACEMENT));
    const toMap = await run(PatternConvert, start, path('map.json'));
    expect(toMap).toEqual({ code: 0, stdout: 'map.json: expert-map of 2 layers x 4 experts on 2 ranks\n', stderr: '' });
    await run(PatternConvert, path('map.json'), path('sglang.json'), '--to', 'sglang-map');
    expect(readFileSync(path('sglang.json'), 'utf8')).toBe(
      '{"physical_to_logical_map":[[0,1,2,1,2,3],[0,2,3,0,1,3]]}\n',
    );
    const back = await run(PatternConvert, path('sglang.json'), path('back.npy'), '--ranks', '2', '--json');
    expect(JSON.parse(back.stdout)).toMatchObject({ from: 'sglang-map', to: 'omni-npy', ranks: 2, mended: 0 });
    expect(readFileSync(path('back.npy'))).toEqual(readFileSync(start));
  });

  it('mends duplicates where a pattern is wanted, and asks first', async () => {
    const twice = placementFromTables(
      [
        [
          [0, 0],
          [1, 2],
        ],
      ],
      3,
    );
    const map = write('map.json', writeExpertMap(twice));
    const refused = await run(PatternConvert, map, path('out.npy'));
    expect(refused).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error duplicates: map.json: 1 slots hold an expert that their rank holds already, which a pattern can't say\n  hint: Add --repair to mend them.\n",
    });
    expect((await run(PatternConvert, map, path('out.npy'), '--repair')).code).toBe(0);
    expect(tablesOf(parsePattern(readFileSync(path('out.npy'))))).toEqual([
      [
        [0, 1],
        [0, 2],
      ],
    ]);
  });

  it.each([
    [
      'a map of unknown ranks',
      ['sglang.json', 'out.npy'],
      'error ranks_unknown: sglang.json: SGLang’s map does not say how many ranks there are\n  hint: Say it with --ranks.',
    ],
    [
      'ranks that do not divide',
      ['sglang.json', 'out.npy', '--ranks', '4'],
      "error bad_option: sglang.json: 6 slots don't divide over 4 ranks\n  hint: See the flags with --help.",
    ],
    [
      'a form under a false name',
      ['a.npy', 'out.npy', '--to', 'expert-map'],
      'error bad_usage: out.npy: expert-map is not written to a file of this name\n  hint: Name it .npy for OmniPlacement, .json for vllm-ascend and SGLang.',
    ],
    [
      'a map that lacks an expert',
      ['lacking.json', 'out.npy', '--experts', '5'],
      'error bad_placement: lacking.json: layer 0: expert 4 stands nowhere\n  hint: See everything that is wrong with it: omniplace pattern check lacking.json',
    ],
    [
      'a file of something else',
      ['text', 'out.npy'],
      'error bad_file: text: is no pattern (.npy) and no map of experts (JSON)\n  hint: Placements are OmniPlacement’s .npy, vllm-ascend’s expert_map JSON and SGLang’s map JSON.',
    ],
  ])('refuses %s', async (_, argv, wanted) => {
    write('a.npy', writePattern(PLACEMENT));
    write('sglang.json', '{"physical_to_logical_map":[[0,1,2,1,2,3],[0,2,3,0,1,3]]}');
    write('lacking.json', writeExpertMap(PLACEMENT));
    write('text', 'hello');
    const here = argv.map((word) => (/^(-|\d|expert-map)/.test(word) ? word : path(word)));
    expect(await run(PatternConvert, ...here)).toEqual({ code: 2, stdout: '', stderr: `${wanted}\n` });
  });
});

describe('pattern base', () => {
  it('writes the contiguous placement', async () => {
    const out = path('base.npy');
    const ran = await run(PatternBase, ...['--ranks', '2', '--layers', '2', '--experts', '4', '--out', out]);
    expect(ran).toEqual({ code: 0, stdout: 'base.npy: 2 layers x 4 experts on 2 ranks, 2 slots each\n', stderr: '' });
    expect(tablesOf(parsePattern(readFileSync(out)))).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [0, 1],
        [2, 3],
      ],
    ]);
  });

  it('has the size of the shipped int32 patterns', async () => {
    await run(PatternBase, '--ranks', '128', '--out', path('base.npy'));
    expect(readFileSync(path('base.npy')).length).toBe(7_602_304);
  });

  it('warns where OmniPlacement would not load it', async () => {
    const ran = await run(PatternBase, ...['--ranks', '3', '--layers', '1', '--experts', '4', '--out', path('b.npy')]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toBe(
      "warning: 3 ranks don't divide 4 experts: the last 2 ranks hold one less, which OmniPlacement does not load\n",
    );
  });
});
