import { describe, expect, it } from 'vitest';
import PatternCheck from '../../../src/commands/pattern/check.ts';
import PatternCompare from '../../../src/commands/pattern/compare.ts';
import PatternShow from '../../../src/commands/pattern/show.ts';
import { showText } from '../../../src/operations/pattern/view/patternShow.ts';
import { placementFromTables, writeExpertMap, writeNpyInt32, writePattern } from '../../../src/placement/index.ts';
import { SOUND } from '../../deployment/sample.ts';
import { npy, patternCli, SMALL } from './cli.ts';

const { write, run } = patternCli();
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

describe('pattern check', () => {
  it('finds a sound pattern sound', async () => {
    expect(await run(PatternCheck, write('a.npy', writePattern(PLACEMENT)))).toEqual({
      code: 0,
      stdout:
        'a.npy: omni-npy, 2 layers x 4 experts on 2 ranks, 3 slots each, at most 2 of an expert\nsound: every expert is placed, none twice on a rank\n',
      stderr: '',
    });
  });

  it('lists all faults and ends with 2', async () => {
    // rank 1 of layer 0 holds one expert less; expert 3 of layer 1 stands nowhere
    const cells = [
      [1, 1, 1, 0],
      [1, 1, 0, 0],
      [0, 0, 0, 1],
      [0, 1, 1, 0],
    ];
    expect(await run(PatternCheck, write('a.npy', writeNpyInt32([2, 2, 4], cells.flat())))).toEqual({
      code: 2,
      stdout: `error expert-missing: layer 1: expert 3 stands nowhere
error unequal-slots: layer 0: rank 1 holds 1 experts, rank 0 3
warning uneven-layers: layers have 2 to 3 slots per rank; OmniPlacement gives every layer 3
a.npy: omni-npy, 2 layers x 4 experts on 2 ranks, 2 to 3 slots each, by layer, at most 2 of an expert
NOT SOUND
`,
      stderr: '',
    });
  });

  it('counts an expert that stands twice on a rank', async () => {
    const file = write(
      'map.json',
      writeExpertMap(
        placementFromTables(
          [
            [
              [0, 0],
              [1, 2],
            ],
          ],
          3,
        ),
      ),
    );
    const { code, stdout } = await run(PatternCheck, file, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      format: 'expert-map',
      duplicates: 1,
      faults: [
        {
          severity: 'error',
          code: 'duplicate',
          message: 'layer 0, rank 0, slot 1 holds expert 0, which the rank holds already',
        },
      ],
    });
  });

  it.each([
    [
      'another value than 0 and 1',
      writeNpyInt32([1, 1, 2], [1, 2]),
      'error bad_file: a.npy: rank 0, layer 0, expert 1 of the pattern is 2, not 0 or 1',
    ],
    [
      'two dimensions',
      writeNpyInt32([1, 2], [1, 1]),
      'error bad_file: a.npy: a pattern has shape (ranks, layers, experts), this file (1, 2)',
    ],
    [
      'a layer of nothing',
      writeNpyInt32([1, 2, 2], [1, 1, 0, 0]),
      'error bad_file: a.npy: layer 1 of the pattern holds no expert at all',
    ],
  ])('refuses %s', async (_, bytes, wanted) => {
    const { code, stderr } = await run(PatternCheck, write('a.npy', bytes));
    expect(code).toBe(2);
    expect(stderr).toBe(`${wanted}\n  hint: Copy or make the file anew.\n`);
  });

  it('says which instances of a deployment it fits, and why it fits none', async () => {
    const deployment = write('cluster.yml', SOUND.replace('private_key: ~/.ssh/id', 'agent: true'));
    const fitting = await run(PatternCheck, write('a.npy', writePattern(PLACEMENT)), '--deployment', deployment);
    expect(fitting.code).toBe(0);
    expect(fitting.stdout).toContain('\nfits prefill group1\nsound');
    const wide = write('b.npy', writePattern(placementFromTables([[[0], [1], [2]]], 3)));
    const misfit = await run(PatternCheck, wide, '--deployment', deployment);
    expect(misfit.code).toBe(2);
    expect(misfit.stdout).toMatch(
      /^error pattern_shape: it fits no instance of the deployment: prefill group1: it is for 3 dies, not 2; decode group1: it is for 3 dies, not \d+\n/,
    );
    expect(misfit.stdout).toMatch(/\nsound: .*; but it DOES NOT FIT the deployment\n$/);
  });

  it('leaves a pattern that the deployment itself names to the check of the deployment', async () => {
    const file = write('a.npy', writePattern(placementFromTables([[[0], [1], [2]]], 3)));
    const text = SOUND.replace('private_key: ~/.ssh/id', 'agent: true').replace(
      /^services:$/m,
      `services:\n  prefill: {placement: {mode: static, pattern_path: ${file}}}`,
    );
    const { code, stderr } = await run(PatternCheck, file, '--deployment', write('cluster.yml', text));
    expect(code).toBe(2);
    expect(stderr).toContain('error pattern_shape: a.npy has the shape (3, 1, 3), prefill group1 needs (2, ');
  });
});

describe('pattern show', () => {
  const BLOCKS = '▁0.5 ▂0.75 ▃0.9 ▄0.97 ▅1.03 ▆1.1 ▇1.25 █ more';

  it('has a line per layer, with heat where a load is given', async () => {
    const file = write('a.npy', writePattern(PLACEMENT));
    expect((await run(PatternShow, file)).stdout).toBe(`a.npy: 2 layers x 4 experts on 2 ranks

layer  slots  experts x copies  most copies
    0      3           2x1 2x2          1x2
    1      3           2x1 2x2          0x2
`);
    const load = write('load.npy', npy([2, 4], [8, 2, 2, 4, 1, 1, 1, 1]));
    expect((await run(PatternShow, file, '--load', load)).stdout).toBe(`a.npy: 2 layers x 4 experts on 2 ranks
rank loads over the mean, uniform split: ${BLOCKS}

layer  slots  experts x copies  most copies     PAR
    0      3           2x1 2x2          1x2  1.2500  ▇▂
    1      3           2x1 2x2          0x2  1.0000  ▅▅
`);
  });

  it('has a line per rank for one layer', async () => {
    const file = write('a.npy', writePattern(PLACEMENT));
    const load = write('load.npy', npy([2, 4], [8, 2, 2, 4, 1, 1, 1, 1]));
    expect(
      (await run(PatternShow, file, '--load', load, '--layer', '0')).stdout,
    ).toBe(`a.npy: 2 layers x 4 experts on 2 ranks

rank   0    0  1x2  2x2   1.250  █████████████████████████
rank   1  1x2  2x2    3   0.750  ███████████████

2x1 2x2 experts x copies; PAR 1.2500 under uniform split; 7x3: expert 7, which has 3 copies
`);
    expect((await run(PatternShow, file, '--layer', '2')).stderr).toBe(
      'error bad_usage: a.npy has no layer 2\n  hint: Layers are 0 to 1.\n',
    );
  });

  it('answers --json with the slots, the replicas and the loads', async () => {
    const file = write('a.npy', writePattern(PLACEMENT));
    const load = write('load.npy', npy([2, 4], [8, 2, 2, 4, 1, 1, 1, 1]));
    const { shown } = JSON.parse((await run(PatternShow, file, '--load', load, '--layer', '0', '--json')).stdout);
    expect(shown).toEqual([
      {
        layer: 0,
        slotsPerRank: 3,
        ranks: [
          [0, 1, 2],
          [1, 2, 3],
        ],
        replicas: [1, 2, 2, 1],
        rankLoad: [1.25, 0.75],
        par: 1.25,
      },
    ]);
  });

  it('paints only where colours are understood, and joins ranks where the line would be too wide', () => {
    const rankLoad = Array.from({ length: 128 }, (_, rank) => (rank === 127 ? 2 : 1));
    const ranks = rankLoad.map(() => [0]);
    const shown = [0, 1].map((layer) => ({ layer, slotsPerRank: 1, ranks, replicas: [128], rankLoad, par: 2 }));
    const answer = { file: 'a', layers: 2, experts: 1, ranks: 128, split: 'uniform' as const, shown };
    const text = showText(answer, { color: false });
    expect(text).toContain('\nhottest of neighbouring ranks over the mean, uniform split: ▁0.5');
    expect(text).toContain(`  ${'▅'.repeat(63)}█`);
    expect(text).not.toContain('\u001b');
    expect(showText(answer, { color: true })).toContain('\u001b[38;5;160m█\u001b[0m');
  });

  it('keeps to the width of the terminal', () => {
    const rankLoad = Array.from({ length: 32 }, (_, rank) => (rank === 31 ? 1.7 : 0.98));
    const ranks = rankLoad.map(() => [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const layer = { slotsPerRank: 9, ranks, replicas: new Array(9).fill(32), rankLoad, par: 1.7 };
    const shown = [0, 1].map((number) => ({ ...layer, layer: number }));
    const answer = { file: 'a', layers: 2, experts: 9, ranks: 32, split: 'uniform' as const, shown };
    for (const columns of [72, 80, 120]) {
      const layerLines = showText({ ...answer, shown: [shown[0]!] }, { color: false, columns }).split('\n');
      const body = [...showText(answer, { color: false, columns }).split('\n').slice(3), ...layerLines.slice(2, 34)];
      for (const line of body) expect(line.length).toBeLessThanOrEqual(columns);
    }
    expect(showText(answer, { color: false, columns: 61 })).toMatch(/ {2}▅{7}█$/);
    expect(showText(answer, { color: false, columns: 120 })).toMatch(/ {2}▅{31}█$/);
  });
});

describe('pattern compare', () => {
  it('puts files and solvers in one table, with what failed below it', async () => {
    const load = write('load.npy', SMALL);
    const { code, stdout } = await run(
      PatternCompare,
      ...['--solvers', 'omni-rearrange,eplb,omni-redundant', '--load', load, '--ranks', '3', '--slots', '3'],
    );
    expect(code).toBe(0);
    expect(
      stdout.replaceAll(/ +\d+(\.\d+)? m?s\n/g, ' TIME\n'),
    ).toBe(`2 layers x 8 experts on 3 ranks, 1 episode; PAR is peak over average of rank load, * the lowest

                slots  uniform   affine   worst layer   moves  duplicates  on one rank  time
base                3   2.3241   2.3241        2.6483       0           0           16
omni-rearrange
eplb                3   1.1000*  1.1000*       1.2000*     13           1           15 TIME
omni-redundant

omni-rearrange: Total number of experts (8) must be divisible by target rank count (3).
omni-redundant: Total number of experts (8) must be divisible by target rank count (3).
`);
  });

  it('judges files by the load, from the old placement', async () => {
    const load = write('load.npy', npy([2, 4], [8, 2, 2, 4, 1, 1, 1, 1]));
    const file = write('a.npy', writePattern(PLACEMENT));
    const { stdout } = await run(PatternCompare, file, '--load', load, '--old', file, '--json');
    const { rows, ranks } = JSON.parse(stdout);
    expect(ranks).toBe(2);
    expect(rows).toMatchObject([
      { name: 'old', solveMs: null, problem: null, measured: { parMeanUniform: 1.125, movedExperts: 0 } },
      { measured: { parMeanUniform: 1.125, movedExperts: 0, slotsPerRank: 3 } },
    ]);
  });

  it.each([
    [
      'nothing',
      [],
      'error bad_usage: there is nothing to compare\n  hint: Name placement files before --load, or --solvers all.',
    ],
    [
      'a solver that does not exist',
      ['--solvers', 'eplbb'],
      'error bad_usage: there is no solver eplbb\n  hint: Solvers are: omniplace, omni-rearrange, omni-redundant, omni-dynamic, omni-dynamic-old, eplb, vllm, swift, ascend-default, flashlb, flashlb-percentage, sglang-vec, trtllm.',
    ],
  ])('refuses %s', async (_, argv, wanted) => {
    expect(await run(PatternCompare, ...argv, '--load', write('load.npy', SMALL), '--ranks', '2')).toEqual({
      code: 2,
      stdout: '',
      stderr: `${wanted}\n`,
    });
  });

  it('refuses placements of another model than the load', async () => {
    const { code, stderr } = await run(
      PatternCompare,
      write('a.npy', writePattern(PLACEMENT)),
      '--load',
      write('load.npy', SMALL),
    );
    expect(code).toBe(2);
    expect(stderr).toBe(
      'error bad_shape: a.npy is of 2 layers x 4 experts on 2 ranks, the load of 2 x 8 for 2\n  hint: Compare placements of one model on one instance.\n',
    );
  });
});
