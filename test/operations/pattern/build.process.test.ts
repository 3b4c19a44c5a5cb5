import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import PatternBuild from '../../../src/commands/pattern/build.ts';
import PatternCheck from '../../../src/commands/pattern/check.ts';
import { SOLVER_NAMES } from '../../../src/operations/pattern/solverNames.ts';
import { references } from '../../../src/placement/index.ts';
import { npy, patternCli, SMALL } from './cli.ts';

const { path, write, run, pipe } = patternCli();

describe('pattern build', () => {
  it('says in words what it made and writes it', async () => {
    const load = write('load.npy', SMALL);
    const out = path('pattern.npy');
    const { code, stdout, stderr } = await run(
      PatternBuild,
      ...['--load', load, '--ranks', '4', '--solver', 'omni-redundant', '--out', out],
    );
    expect(code).toBe(0);
    expect(stderr).toBe('solving 2 layers x 8 experts on 4 ranks with omni-redundant\n');
    expect(stdout.replace(/\d+(\.\d+)? m?s\n/, 'TIME\n')).toBe(
      `placement  2 layers x 8 experts on 4 ranks, 3 slots each
solver     omni-redundant, joint split, TIME
PAR        1.1207 mean, 1.2414 worst layer (uniform 1.0471, affine 1.1207)
           2.6000 base before; no placement is below 1.0000 (gap 12.1 %)
moves      18 experts in 2 layers, from the base placement
traffic    0 % of the tokens leave their host under affine routing
loss       10 of 16 experts stand on one rank only
verified   every expert is placed, slots and limits are as asked, no expert twice on a rank
written    pattern.npy
`,
    );
    expect((await run(PatternCheck, out)).code).toBe(0);
  });

  it('answers --json with exactly the documented fields, and talks on stderr alone', async () => {
    const { code, stdout } = await run(PatternBuild, '--load', write('load.npy', SMALL), '--ranks', '4', '--json');
    const answer = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(Object.keys(answer).sort()).toEqual(
      [
        ...[
          'solver',
          'split',
          'parMeanUniform',
          'parMeanAffine',
          'layers',
          'experts',
          'ranks',
          'slotsPerRank',
          'parMean',
        ],
        ...['parMax', 'parEpisodeMean', 'parBeforeMean', 'lowerBoundMean', 'gap', 'movedExperts', 'layersChanged'],
        ...['duplicates', 'crossHostShare', 'uncoveredIfOneRankLost', 'solveMs', 'out'],
      ].sort(),
    );
    expect(answer).toMatchObject({ solver: 'omniplace', split: 'joint', layers: 2, slotsPerRank: 2, out: null });
    expect(answer.parMean).toBeLessThan(answer.parBeforeMean);
    expect(answer.parMean).toBeCloseTo(answer.lowerBoundMean * (1 + answer.gap));
  });

  it('reaches the proven optimum of the FlashLB example under uniform split', async () => {
    const load = write('load.npy', npy([1, 8], [600, 560, 120, 120, 20, 10, 10, 10]));
    const argv = ['--load', load, '--ranks', '8', '--redundant-per-rank', '1', '--split', 'uniform', '--json'];
    const { parMean } = JSON.parse((await run(PatternBuild, ...argv)).stdout);
    expect((parMean * 1450) / 8).toBeCloseTo(196.667, 3);
  });

  it('makes the same bytes again, and other JSON only in the time', async () => {
    const load = write('load.npy', SMALL);
    const argv = (out: string) => [
      '--load',
      load,
      '--ranks',
      '4',
      '--slots',
      '3',
      '--seed',
      '7',
      '--effort',
      '0.2',
      '--out',
      out,
    ];
    await run(PatternBuild, ...argv(path('a.npy')));
    await run(PatternBuild, ...argv(path('b.npy')));
    expect(readFileSync(path('a.npy'))).toEqual(readFileSync(path('b.npy')));
  });

  it('reads stdin, whatever is piped: .npy, CSV, a dump window, SGLang’s counts', async () => {
    const csv = ',ep_0,ep_1,ep_2,ep_3\nlayer_0,9,3,2,2\n';
    const counts = JSON.stringify({ logical_count: [[9, 3, 2, 2]] });
    for (const content of [npy([1, 4], [9, 3, 2, 2]), csv, '9\t3\t2\t2\t\n', counts]) {
      pipe(content);
      const { code, stdout } = await run(PatternBuild, ...['--load', '-', '--ranks', '2', '--slots', '3', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ layers: 1, experts: 4, ranks: 2, slotsPerRank: 3, parMeanUniform: 1 });
    }
  });

  it('takes several loads as episodes, and merges them with --episodes', async () => {
    const [a, b] = [write('a.npy', npy([1, 4], [9, 1, 1, 1])), write('b.npy', npy([1, 4], [1, 1, 1, 9]))];
    const argv = ['--load', a, b, '--ranks', '2', '--json'];
    const apart = JSON.parse((await run(PatternBuild, ...argv)).stdout);
    const merged = JSON.parse((await run(PatternBuild, ...argv, '--episodes', '1')).stdout);
    expect(apart.parEpisodeMean).toBeCloseTo(10 / 6);
    expect(merged.parEpisodeMean).toBe(1);
  });

  it('gives as many slots as --old has, unless told', async () => {
    const load = write('load.npy', SMALL);
    await run(PatternBuild, ...['--load', load, '--ranks', '4', '--slots', '3', '--fast', '--out', path('old.npy')]);
    const argv = ['--load', load, '--old', path('old.npy'), '--fast', '--json'];
    expect(JSON.parse((await run(PatternBuild, ...argv)).stdout)).toMatchObject({ ranks: 4, slotsPerRank: 3 });
    expect(JSON.parse((await run(PatternBuild, ...argv, '--slots', '4')).stdout)).toMatchObject({ slotsPerRank: 4 });
  });

  it('moves no more than --max-moves from --old, and proves the way there', async () => {
    const load = write('load.npy', SMALL);
    await run(
      PatternBuild,
      ...['--load', load, '--ranks', '4', '--solver', 'omni-rearrange', '--out', path('old.npy')],
    );
    const argv = ['--load', load, '--old', path('old.npy'), '--slots', '3', '--max-moves', '9'];
    const { code, stdout } = await run(PatternBuild, ...argv);
    expect(code).toBe(0);
    const [, moved, transfers] = stdout.match(/moves +(\d+) experts .* from the old placement: (\d+) transfers/)!;
    expect(Number(moved)).toBeLessThanOrEqual(9);
    expect(transfers).toBe(moved);
  });

  it('says with --cover what may be lost, and the least that must be', async () => {
    const load = write('load.npy', SMALL);
    const build = async (...flags: string[]) => {
      const argv = ['--load', load, '--ranks', '4', '--ranks-per-host', '2', '--cover', 'host', '--fast', ...flags];
      return (await run(PatternBuild, ...argv)).stdout.match(/^loss +(.*)$/m)?.[1];
    };
    expect(await build('--slots', '4')).toBe('any one host may be lost: every expert stands on two or more');
    expect(await build('--slots', '3')).toBe(
      '8 of 16 experts stand on one host only; with these slots that is the least, with --slots 4 none',
    );
  });

  it('refuses a .npy of a solver that puts an expert twice on a rank, unless it may mend that', async () => {
    const load = write('load.npy', SMALL);
    const argv = ['--load', load, '--ranks', '4', '--slots', '3', '--solver', 'eplb', '--out', path('e.npy')];
    const refused = await run(PatternBuild, ...argv);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      "error duplicates: e.npy: 2 slots hold an expert that their rank holds already, which a pattern can't say\n  hint: Add --repair to mend them, or take our own solver, which makes none.\n",
    );
    const mended = await run(PatternBuild, ...argv, '--repair');
    expect(mended.code).toBe(0);
    expect(mended.stderr).toContain('mended 2 slots whose expert stood on its rank already\n');
    expect((await run(PatternCheck, path('e.npy'))).code).toBe(0);
  });

  it('says what a reference does other than asked', async () => {
    const load = write('load.npy', SMALL);
    const build = async (...flags: string[]) =>
      (await run(PatternBuild, '--load', load, '--ranks', '4', '--slots', '3', ...flags)).stderr.replace(/^.*\n/, '');
    expect(await build('--solver', 'omni-rearrange')).toBe(
      'note: of 3 slots per rank 2 are used: rearranging makes no copies\n',
    );
    for (const solver of ['eplb', 'vllm', 'sglang-vec']) {
      expect(await build('--solver', solver, '--groups', '4', '--nodes', '2')).toBe('');
      expect(await build('--solver', solver, '--groups', '3', '--nodes', '2')).toBe(
        "note: 3 groups don't divide over 2 nodes: placed as on one node, as the original does\n",
      );
    }
    expect(await build('--solver', 'vllm', '--groups', '4', '--nodes', '3')).toBe(
      "note: 4 ranks don't divide over 3 nodes: placed as on one node, as the original does\n",
    );
  });

  it('writes no pattern whose ranks hold unequally many experts, and says which slots stay empty', async () => {
    const argv = ['--load', write('load.npy', SMALL), '--ranks', '3', '--slots', '6', '--max-replicas', '2', '--fast'];
    const { code, stderr } = await run(PatternBuild, ...argv, '--out', path('u.npy'));
    expect(code).toBe(2);
    expect(stderr).toContain('note: 4 of 36 slots stay empty: experts have no more copies than they may\n');
    expect(stderr).toMatch(
      /error unequal_slots: u.npy: layer 0: rank \d holds \d experts, rank \d \d.*; OmniPlacement loads no such pattern\n {2}hint: Let every/,
    );
    expect(existsSync(path('u.npy'))).toBe(false);
    expect((await run(PatternBuild, ...argv, '--out', path('u.json'))).code).toBe(0);
  });

  it('warns of layers that differ in slots where OmniPlacement is to load them', async () => {
    const argv = ['--load', write('load.npy', SMALL), '--ranks', '4', '--slot-budget', '20', '--out', path('s.npy')];
    expect((await run(PatternBuild, ...argv)).stderr).toContain(
      'warning: layers have 2 to 3 slots per rank; OmniPlacement gives every layer 3\n',
    );
  });

  it('knows all solvers of the engine by name', () => {
    expect(SOLVER_NAMES).toEqual(['omniplace', ...Object.keys(references)]);
  });
});

describe('pattern build refuses', () => {
  const ranks = ['--ranks', '4'];
  it.each([
    [
      'nothing to read',
      [...ranks],
      'error bad_usage: no load is given\n  hint: Give --load FILE, a folder of dumps, or - for stdin.',
    ],
    [
      'ranks that nothing says',
      ['--load', 'load.npy'],
      'error ranks_unknown: nothing says how many ranks the placement is for\n  hint: Give --ranks (dies of the instance) or --old.',
    ],
    [
      'a file that is not there',
      ['--load', 'gone.npy', ...ranks],
      'error unreadable_file: gone.npy: there is no such file or folder\n  hint: Check the path and its permissions.',
    ],
    [
      'too few slots',
      ['--load', 'load.npy', '--ranks', '3', '--slots', '2'],
      'error too_few_slots: layer 0 has 6 slots (3 ranks of 2) for 8 experts; give at least 3 slots per rank\n  hint: Give more --ranks or --slots: every expert needs a slot.',
    ],
    [
      'an option its solver does not know',
      ['--load', 'load.npy', ...ranks, '--solver', 'eplb', '--cover', 'rank'],
      'error bad_usage: the solver eplb knows no --cover\n  hint: Leave it out, or take our own solver.',
    ],
    [
      'to cover the only host',
      ['--load', 'load.npy', ...ranks, '--cover', 'host'],
      'error bad_usage: --cover host: all 4 ranks are on one host, which nothing survives\n  hint: Say with --ranks-per-host how many dies a host has, or take --cover rank.',
    ],
    [
      'an option of others',
      ['--load', 'load.npy', ...ranks, '--groups', '4'],
      'error bad_usage: the solver omniplace knows no --groups\n  hint: Leave it out, or take --solver eplb or vllm or sglang-vec.',
    ],
    [
      'an option of some others',
      ['--load', 'load.npy', ...ranks, '--solver', 'trtllm', '--nodes', '2'],
      'error bad_usage: the solver trtllm knows no --nodes\n  hint: Leave it out, or take --solver eplb or vllm or sglang-vec.',
    ],
    [
      'a budget of slots that is too small',
      ['--load', 'load.npy', ...ranks, '--slot-budget', '15'],
      'error too_few_slots: --slot-budget is 15, but 2 layers of 8 experts on 4 ranks need 16\n  hint: Give more --ranks or --slots: every expert needs a slot.',
    ],
    [
      'speeds of other ranks',
      ['--load', 'load.npy', ...ranks, '--capability', 'old.npy'],
      'error bad_shape: --capability has 64 numbers for 4 ranks\n  hint: Layers, experts and ranks of everything given must be those of one model on one instance.',
    ],
    [
      'an old placement of another model',
      ['--load', 'small.npy', '--old', 'old.npy'],
      'error bad_shape: old.npy is of 2 layers x 8 experts, the load of 1 x 4\n  hint: The load and the placement must be of one model.',
    ],
    [
      'a report where a folder is, before anything is solved',
      ['--load', 'load.npy', ...ranks, '--report', 'folder.npy'],
      "error unwritable_file: folder.npy: can't be written: it is a folder\n  hint: Check the folder, its permissions and the space on it.",
    ],
    [
      'flags that exclude each other',
      ['--load', 'load.npy', ...ranks, '--slots', '3', '--slot-budget', '20', '--effort', '1', '--fast'],
      'error bad_usage: --effort and --fast exclude each other\n  --slot-budget and --slots exclude each other\n  See more help with --help',
    ],
    [
      'a flag without the one it needs',
      ['--load', 'load.npy', ...ranks, '--max-moves', '3'],
      'error bad_usage: --max-moves needs --old\n  See more help with --help',
    ],
    [
      'a number that is too small',
      ['--load', 'load.npy', '--ranks', '0'],
      'error bad_usage: --ranks 0: expected an integer greater than or equal to 1\n  See more help with --help',
    ],
    [
      'a name that says no format',
      ['--load', 'load.npy', ...ranks, '--out', 'pattern.txt'],
      'error bad_usage: pattern.txt: a placement is not written to a file of this name\n  hint: Name it .npy for OmniPlacement, .json for vllm-ascend and SGLang.',
    ],
    [
      'a window range that ends before it starts',
      ['--load', 'load.npy', ...ranks, '--windows', '9:3'],
      "error bad_usage: --windows 9:3 can't be used\n  hint: Give first and last recordstep, both included: --windows 3:12",
    ],
    [
      'an objective it does not know',
      ['--load', 'load.npy', ...ranks, '--objective', 'p100'],
      "error bad_usage: --objective p100 can't be used\n  hint: Give mean, max or a percentile such as p95.",
    ],
    [
      'a budget it does not understand',
      ['--load', 'load.npy', '--old', 'old.npy', '--max-moves', 'few'],
      "error bad_usage: --max-moves few can't be used\n  hint: Give a number, or layer=4,rank=8,all=200.",
    ],
  ])('%s', async (_, argv, wanted) => {
    write('load.npy', SMALL);
    write('small.npy', npy([1, 4], [1, 1, 1, 1]));
    mkdirSync(path('folder.npy'));
    await run(PatternBuild, ...['--load', path('load.npy'), '--ranks', '4', '--out', path('old.npy'), '--fast']);
    const here = argv.map((word) => (/\.(npy|txt)$/.test(word) ? path(word) : word));
    const { code, stdout, stderr } = await run(PatternBuild, ...here);
    expect({ code, stdout, stderr: stderr.replace(/^solving .*\n/, '') }).toEqual({
      code: 2,
      stdout: '',
      stderr: `${wanted}\n`,
    });
  });

  it.each([
    [
      'a load that is no number',
      npy([1, 4], [1, Number.NaN, 1, 1]),
      'error bad_load: load.npy: value 1 of the load is NaN; tokens are numbers from 0 to 2^53',
    ],
    [
      'a load below zero',
      npy([1, 4], [1, 1, -2, 1]),
      'error bad_load: load.npy: value 2 of the load is -2; tokens are numbers from 0 to 2^53',
    ],
    [
      'a load of zeros',
      npy([1, 4], [0, 0, 0, 0]),
      'error bad_load: load.npy: there is no load at all, every count is 0',
    ],
    [
      'a load of another shape',
      npy([4], [1, 1, 1, 1]),
      'error bad_file: load.npy: a load has shape (layers, experts) or (episodes, layers, experts), this file (4)',
    ],
    [
      'a file cut off',
      npy([1, 4], [1, 1, 1, 1]).subarray(0, 150),
      'error bad_file: load.npy: the file is truncated: shape (1, 4) of <f8 needs 32 bytes of data, found 22',
    ],
    [
      'a file cut off in its header',
      npy([1, 4], [1, 1, 1, 1]).subarray(0, 40),
      'error bad_file: load.npy: the file is truncated: its header ends at byte 128, the file at 40',
    ],
    [
      'a CSV with a hole',
      ',ep_0,ep_1\nlayer_0,1,\n',
      'error bad_file: load.npy: line 2, column ep_1: "" is no count from 0 to 2^53',
    ],
    [
      'a file of something else',
      'hello\n',
      'error bad_load: load.npy: is no .npy, no CSV of the pattern tool and no dump window',
    ],
    ['an empty file', '', 'error foreign_file: load.npy: the file is empty'],
  ])('%s', async (_, content, wanted) => {
    const { code, stderr } = await run(PatternBuild, '--load', write('load.npy', content), ...ranks);
    expect(code).toBe(2);
    expect(stderr.split('\n')[0]).toBe(wanted);
    expect(stderr).toContain('  hint: ');
  });
});
