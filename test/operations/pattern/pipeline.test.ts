import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import PatternPipeline from '../../../src/commands/pattern/pipeline.ts';
import { parsePattern } from '../../../src/placement/index.ts';
import { tablesOf } from '../../placement/fixtures.ts';
import { golden } from '../../placement/golden.ts';
import { patternCli, windowName, windowText } from './cli.ts';

interface Case {
  name: string;
  layers: number;
  experts: number;
  ranks: number;
  numSpecialLayers: number;
  expertRedundantLimit: number;
  redundant: boolean;
  windows: number[][][];
  csv: number[][];
  result: {
    file: string;
    sizeBytes: number;
    crc32: number;
    experts_per_rank: number[][][];
    error?: string;
    message: string;
  };
}

const { cases } = golden<{ cases: Case[] }>('omni_pattern_tool');
const isIdle = ({ windows }: Case) => windows.flat(2).every((count) => count === 0);
const { path, write, run } = patternCli();

/** The tool's flags for a golden case, with folders of the test. */
function flagsOf(one: Pick<Case, 'layers' | 'experts' | 'ranks'> & Partial<Case>, ...more: string[]): string[] {
  return [
    ...['--num_layers', String(one.layers), '--num_positions_of_routed_experts', String(one.experts)],
    ...[
      '--num_ranks_target_pattern',
      String(one.ranks),
      '--num_redundant_layers',
      String(one.numSpecialLayers ?? one.layers),
    ],
    ...['--expert_redundant_limit', String(one.expertRedundantLimit ?? 11), '--timestamp', '20250619_095310'],
    ...['--topk_id_count_dir', path('count'), '--placement_pattern_dir', path('pattern')],
    ...['--placement_pattern_view_dir', path('view'), '--placement_pattern_analysis_dir', path('analysis')],
    ...['--recorded-under', 'base'],
    ...more,
  ];
}

function dump(folder: string, windows: readonly number[][][]): string {
  for (const [i, window] of windows.entries()) write(`${folder}/${windowName(i + 1)}`, windowText(window));
  return path(folder);
}

function csvText(csv: readonly number[][]): string {
  const header = ['', ...csv[0]!.map((_, expert) => `ep_${expert}`)].join(',');
  return `${[header, ...csv.map((row, layer) => [`layer_${layer}`, ...row].join(','))].join('\n')}\n`;
}

describe("pattern pipeline, against OmniPlacement's tool", () => {
  it.each(cases.filter((one) => one.result.error === undefined && !isIdle(one)))(
    'writes the CSV and the pattern of $name value by value',
    async (one) => {
      const mode = one.redundant ? 'redundant' : 'rearrange';
      const { code } = await run(
        PatternPipeline,
        ...['--input_txt_folders', dump('dump', one.windows), '--pattern_mode', mode, ...flagsOf(one)],
      );
      expect(code).toBe(0);
      expect(readFileSync(path('count/topk_ids_count_20250619_095310_decode.csv'), 'utf8')).toBe(csvText(one.csv));
      expect(readdirSync(path('pattern'))).toEqual([one.result.file]);
      const bytes = readFileSync(path(`pattern/${one.result.file}`));
      expect(tablesOf(parsePattern(bytes))).toEqual(one.result.experts_per_rank);
      expect(bytes.length).toBe(one.result.sizeBytes);
      expect(crc32(bytes.subarray(128))).toBe(one.result.crc32);
    },
  );

  it.each(cases.filter(({ result }) => result.error !== undefined))('refuses $name, and says why', async (one) => {
    const { code, stdout } = await run(
      PatternPipeline,
      ...['--input_txt_folders', dump('dump', one.windows), ...flagsOf(one)],
    );
    expect(code).toBe(2);
    expect(stdout).toContain(`NOT MADE: redundant, ${one.numSpecialLayers} layers: ${one.result.message}`);
  });

  it('makes no pattern of a dump without load, where the tool makes one of nothing', async () => {
    const one = cases.find(isIdle)!;
    const { code, stderr } = await run(
      PatternPipeline,
      ...['--input_txt_folders', dump('dump', one.windows), ...flagsOf(one)],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('has no tokens at all: an idle minute');
    expect(existsSync(path('pattern'))).toBe(false);
  });
});

describe('pattern pipeline', () => {
  const shape = { layers: 2, experts: 8, ranks: 4 };
  const A = [
    [
      [1280, 128, 1, 0, 256, 256, 256, 256],
      [128, 128, 128, 128, 640, 128, 128, 128],
    ],
  ];
  const B = [
    [
      [0, 128, 0, 129, 256, 256, 256, 256],
      [128, 128, 128, 128, 640, 128, 128, 128],
    ],
  ];

  it('makes the two patterns, the counts, the pictures and the table under the names of the tool', async () => {
    const { code, stdout, stderr } = await run(
      PatternPipeline,
      ...['--input_txt_folders', dump('a', A), ...flagsOf(shape)],
    );
    expect(stderr).toBe('wrote count/topk_ids_count_20250619_095310_decode.csv\n');
    expect(code).toBe(0);
    expect(stdout.split('\n\n')[0]).toBe(`                        PAR   worst  load balance degree  reduction
base                 2.1000  2.2000                   17
rearrange, 2 layers  2.0000  2.0000                   16     5.88 %
redundant, 2 layers  1.3000  1.3333                   10    39.22 %`);
    expect([
      ...readdirSync(path('count')),
      ...readdirSync(path('pattern')),
      ...readdirSync(path('view')),
      ...readdirSync(path('analysis')),
    ]).toEqual([
      'topk_ids_count_20250619_095310_decode.csv',
      'placement_pattern_20250619_095310_2_rearrange_layers_2_layers_4_ranks_decode.npy',
      'placement_pattern_20250619_095310_2_redundant_layers_2_layers_4_ranks_epmaxdeploy_12_decode.npy',
      'placement_pattern_20250619_095310_2_rearrange_layers_2_layers_4_ranks_decode.svg',
      'placement_pattern_20250619_095310_2_redundant_layers_2_layers_4_ranks_epmaxdeploy_12_decode.svg',
      'Bars_4_Ranks_20250619_095310.svg',
      'Heat_4_Ranks_20250619_095310.svg',
      'Max_Load_Reduction_4_Ranks_20250619_095310.csv',
      'Unbalanced_Ratio_4_Ranks_20250619_095310.svg',
    ]);
  });

  it('reads all folders, which the shell script does not', async () => {
    await run(PatternPipeline, ...['--input_txt_folders', dump('a', A), dump('b', B), ...flagsOf(shape)]);
    expect(readFileSync(path('count/topk_ids_count_20250619_095310_decode.csv'), 'utf8')).toBe(
      csvText([
        [10, 2, 1, 2, 4, 4, 4, 4],
        [2, 2, 2, 2, 10, 2, 2, 2],
      ]),
    );
  });

  it('names range, mode and data set as the tool does', async () => {
    const more = ['--recordstep_range', '1:1', '--collecting_modes', 'prefill', '--dataset_name', 'sharegpt'];
    const argv = ['--input_txt_folders', dump('a', A), ...flagsOf(shape, ...more, '--pattern_mode', 'rearrange')];
    expect((await run(PatternPipeline, ...argv)).code).toBe(0);
    expect(readdirSync(path('pattern'))).toEqual([
      'placement_pattern_20250619_095310_2_rearrange_layers_2_layers_4_ranks_prefill_step1to1.npy',
    ]);
    expect(readdirSync(path('analysis'))).toContain('Heat_4_Ranks_sharegpt_step1to1.svg');
  });

  it('says at once why no window could be read, where the tool ends with a ValueError', async () => {
    const folder = dump('a', [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ]);
    const { code, stderr } = await run(PatternPipeline, ...['--input_txt_folders', folder, ...flagsOf(shape)]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `error bad_load: a: no window of the dump can be used: a/${windowName(1)} has 3 columns for 8 experts: they are slots of another placement than the base; say which one\n  hint: A load is tokens per layer and expert: a .npy, the pattern tool’s CSV or a folder of dumps.\n`,
    );
  });

  it('reads a file per rank, as OmniPlacement wrote them up to 0.2.0', async () => {
    const [first, second] = A[0]!;
    for (let rank = 0; rank < 4; rank++) {
      const columns = [first!, second!].map((line) => line.slice(2 * rank, 2 * rank + 2));
      write(`old/${windowName(1, rank)}`, windowText(columns));
      if (rank !== 2) write(`old/${windowName(2, rank)}`, windowText(columns));
    }
    const argv = ['--input_txt_folders', path('old'), ...flagsOf(shape, '--num_ranks_of_collecting_data', '4')];
    const { code, stderr } = await run(PatternPipeline, ...argv);
    expect(code).toBe(0);
    expect(stderr).toContain('warning: old, recordstep 2: rank 2 of 4 is missing; it was left out\n');
    expect(readFileSync(path('count/topk_ids_count_20250619_095310_decode.csv'), 'utf8')).toBe(
      csvText([
        [10, 1, 1, 0, 2, 2, 2, 2],
        [1, 1, 1, 1, 5, 1, 1, 1],
      ]),
    );
  });

  it('reads the [dump activation] lines of logs, of the mode asked for', async () => {
    const at = (mode: string, step: number, rank: number, layer: number, counts: number[]) =>
      `2025-06-19 INFO [dump activation] ${mode} step ${step} in rank ${rank} for layer ${layer} get ${counts.length} experts data: ${counts.join('\t')}`;
    const log = [
      'INFO nothing of interest',
      at('decode', 1, 0, 0, [128, 0, 0, 0]),
      at('decode', 1, 1, 0, [0, 0, 0, 256]),
      at('decode', 2, 0, 1, [1, 1, 1, 1]),
      at('decode', 2, 1, 1, [1, 1, 1, 1]),
      at('prefill', 2, 0, 0, [9999, 0, 0, 0]),
      at('decode', 3, 2, 0, [1, 1, 1, 1]),
      at('decode', 3, 0, 0, [1, 1, 1]),
    ];
    const file = write('server.log', `${log.join('\n')}\n`);
    const more = ['--input_mode', 'log', '--input_log_files', file, '--num_ranks_of_collecting_data', '2'];
    const { code, stderr } = await run(PatternPipeline, ...flagsOf(shape, ...more));
    expect(stderr).toBe(`warning: server.log, line 7 is of rank 2, the log is said to be of 2; it was left out
warning: server.log, line 8 has 3 of 3 counts, a rank holds 4 experts; it was left out
wrote count/topk_ids_count_20250619_095310_decode.csv
`);
    expect(code).toBe(0);
    expect(readFileSync(path('count/topk_ids_count_20250619_095310_decode.csv'), 'utf8')).toBe(
      csvText([
        [1, 0, 0, 0, 0, 0, 0, 2],
        [1, 1, 1, 1, 1, 1, 1, 1],
      ]),
    );
  });

  it('says of which layers and ranks the logs tell nothing, and refuses what can be no log of theirs', async () => {
    const line = '[dump activation] prefill step 1 in rank 1 for layer 0 get 4 experts data: 128\t0\t0\t1\t';
    const file = write('server.log', `${line}\n`);
    const logs = ['--input_mode', 'log', '--input_log_files', file];
    const ranks = (count: string) => [...logs, '--num_ranks_of_collecting_data', count];
    const part = await run(PatternPipeline, ...flagsOf(shape, ...ranks('2'), '--collecting_modes', 'all'));
    expect(part.stderr).toContain(
      'warning: server.log tell nothing of 3 of 4 parts (layers x ranks), the first layer 0 on rank 0; these experts count as idle\n',
    );
    const uneven = await run(PatternPipeline, ...flagsOf(shape, ...ranks('3')));
    expect([uneven.code, uneven.stderr]).toEqual([
      2,
      "error bad_option: 8 experts don't divide over 3 ranks that wrote the log\n  hint: See the flags with --help.\n",
    ]);
    const other = await run(PatternPipeline, ...flagsOf(shape, ...ranks('2')));
    expect([other.code, other.stderr]).toEqual([
      2,
      'error bad_load: server.log: no [dump activation] line of decode can be used\n  hint: They read: [dump activation] decode step 1 in rank 0 for layer 0 get 4 experts data: and counts.\n',
    ]);
  });

  it.each([
    [
      'no folder',
      [],
      'error bad_usage: --input_txt_folders is missing\n  hint: Several may follow it, each after a space.',
    ],
    [
      'a pattern of other layers than the dump',
      ['--num_layers_target_pattern', '3'],
      'error bad_usage: the dumps are of 2 layers x 8 experts, the pattern is to be of 3 x 8\n  hint: A pattern has the layers and experts of its model: leave the _target_pattern flags out.',
    ],
    [
      'a log that is not there',
      ['--input_mode', 'log', '--input_log_files', 'gone.log'],
      'error unreadable_file: gone.log: there is no such file or folder\n  hint: Check the path and its permissions.',
    ],
  ])('refuses %s', async (_, more, wanted) => {
    expect(await run(PatternPipeline, ...flagsOf(shape, ...more))).toEqual({
      code: 2,
      stdout: '',
      stderr: `${wanted}\n`,
    });
  });
});
