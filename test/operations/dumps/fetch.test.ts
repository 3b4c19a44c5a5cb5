import { describe, expect, it } from 'vitest';
import type { ExpertControl } from '../../../src/engines/expertControl.ts';
import type { UserError } from '../../../src/errors/userError.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { describeFolder, type FetchedFolder } from '../../../src/operations/dumps/describe.ts';
import { swappedIn } from '../../../src/operations/dumps/recorded.ts';
import { type WindowShape, windowInspector } from '../../../src/operations/dumps/shape.ts';
import { dumpSources } from '../../../src/operations/dumps/sources.ts';
import { DUMP_WINDOWS } from '../../../src/placement/index.ts';
import { fakeDeployment, PLACEMENT } from '../../fakes/deployment.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';
import { TOY_LOADS, toyExperts } from '../../fakes/toyEngine/experts.ts';
import { toyEngine } from '../../fakes/toyEngine/toyEngine.ts';

const dumping = (dumpDir: string) => ({ placement: { ...PLACEMENT, enableDump: true, dumpDir } });
const { engine, topology } = buildClusterView(
  fakeDeployment({
    prefill: [
      { hosts: ['10.0.0.1'], settings: dumping('/d') },
      { hosts: ['10.0.0.2'], settings: dumping('/d') },
    ],
    decode: [{ hosts: ['10.0.0.3', '10.0.0.4'], settings: dumping('/d') }],
  }),
  NO_INPUTS,
  {},
);
const names = new Set<string>(topology.nodes.map(({ name }) => name));

function inspect(...chunks: string[]): string | WindowShape | null {
  let shape: WindowShape | null = null;
  const inspector = windowInspector(DUMP_WINDOWS, (found) => {
    shape = found;
  });
  for (const chunk of chunks) inspector.push(Buffer.from(chunk));
  return inspector.end() ?? shape;
}

describe('a window', () => {
  it('has its lines and columns counted however its bytes come', () => {
    expect(inspect('1\t2\t3\t\n4\t5\t6\t\n')).toEqual({ lines: 2, columns: 3 });
    expect(inspect('1\t2', '2\t', '3\t\n4\t5\t6\n')).toEqual({ lines: 2, columns: 3 });
    expect(inspect('7\t\r\n')).toEqual({ lines: 1, columns: 1 });
  });

  it.each([
    ['', 'is empty'],
    ['1\t2\t\n3\t', 'is truncated: its last line does not end'],
    ['1\t2\t\n3\t\n', 'line 2 has 1 counts, line 1 has 2'],
    ['1\t\n\n', 'line 2 has no counts'],
    ['1\tx\t\n', 'line 1, column 2 is no count'],
    ['1\t\t2\t\n', 'line 1, column 2 has no count'],
    ['1\t-2\t\n', 'line 1, column 2 is no count'],
  ])('that reads %j is refused: %s', (text, words) => {
    expect(inspect(text)).toBe(words);
  });
});

describe('dumps', () => {
  it('are those of the node of rank 0 of each instance', () => {
    const { sources, problems } = dumpSources({ engine, topology }, names);
    expect(problems).toEqual([]);
    expect(sources.map(({ name, node }) => [name, node.name, node.host])).toEqual([
      ['P0', 'p0', '10.0.0.1'],
      ['P1', 'p1', '10.0.0.2'],
      ['D0', 'd0', '10.0.0.3'],
    ]);
    expect(dumpSources({ engine, topology }, new Set(['d1'])).sources.map(({ name }) => name)).toEqual(['D0']);
  });

  it('with redundant shared experts are those of the host of the first rank behind them', () => {
    const shared = (numRanks: number) => ({
      ...dumping('/d'),
      extraConfig: { model_parallel_config: { redundancy_shared_expert_num: numRanks } },
    });
    const hosts = (from: number, count: number) => Array.from({ length: count }, (_, i) => `10.0.0.${from + i}`);
    const dies = Array.from({ length: 16 }, (_, i) => i);
    const view = buildClusterView(
      fakeDeployment({
        prefill: [{ hosts: ['10.0.0.1'], settings: dumping('/d') }],
        decode: [
          // EP288
          { hosts: hosts(10, 18), dies, settings: shared(32) },
          { hosts: hosts(30, 2), dies, settings: shared(15) },
          { hosts: hosts(40, 2), dies, settings: shared(16) },
        ],
      }),
      NO_INPUTS,
      {},
    );
    const { sources } = dumpSources(view, new Set(view.topology.nodes.map(({ name }) => name)));
    expect(sources.map(({ name, node, ranks }) => [name, node.name, node.host, ranks])).toEqual([
      ['P0', 'p0', '10.0.0.1', 4],
      ['D0', 'd2', '10.0.0.12', 256],
      ['D1', 'd18', '10.0.0.30', 17],
      ['D2', 'd21', '10.0.0.41', 16],
    ]);
  });

  it('of two instances in one folder of one host are refused: nothing tells them apart', () => {
    const mixed = buildClusterView(
      fakeDeployment({
        prefill: [{ hosts: ['10.0.0.1'], settings: dumping('/d') }],
        decode: [{ hosts: ['10.0.0.1'], dies: [4, 5, 6, 7], settings: dumping('/d') }],
      }),
      NO_INPUTS,
      {},
    ).topology;
    expect(dumpSources({ engine, topology: mixed }, new Set(['p0', 'd0'])).problems).toEqual([
      'D0 and P0 both write to /d of 10.0.0.1: nothing tells their windows apart; give each a dump_dir of its own',
    ]);
  });

  it('are refused by an engine that does not record them', () => {
    const { experts: _, ...without } = toyEngine;
    const refusalOf = (experts?: ExpertControl): string => {
      try {
        dumpSources({ engine: { ...without, ...(experts && { experts }) }, topology }, names);
        return 'none';
      } catch (error) {
        return `${(error as UserError).code}: ${(error as UserError).message}`;
      }
    };
    const experts = toyExperts(null);
    expect([refusalOf(), refusalOf(experts), refusalOf(toyExperts(TOY_LOADS))]).toEqual([
      'no_expert_control: engine toy does not let omniplace place its experts',
      'no_expert_loads: engine toy records no expert loads',
      'none',
    ]);
  });

  const file = (step: number, fault: string | null = null) => ({
    name: `20261121_225001/activation_counts_recordstep_${step}_rank_0.txt`,
    fault,
  });
  const base = { pattern: 'base', dynamic: false, because: null };
  const [source] = dumpSources({ engine, topology }, names).sources.slice(2);
  const shapes = (...found: [number, WindowShape][]) => new Map(found.map(([step, shape]) => [file(step).name, shape]));
  const whole = { lines: 58, columns: 256 };
  const model = { experts: 256, moeLayers: 58 };

  const folder = (files: FetchedFolder['files'], found: FetchedFolder['shapes'], partly = false): FetchedFolder => ({
    stamp: '20261121_225001',
    files,
    shapes: found,
    recorded: base,
    partly,
  });

  it('that are whole give the shape of what served', () => {
    const found = describeFolder(folder([file(1), file(2)], shapes([1, whole], [2, whole])), source!, model);
    expect(found).toEqual({
      stamp: '20261121_225001',
      recorded: base,
      windows: 2,
      layers: 58,
      positions: 256,
      slotsPerRank: 32,
      problems: [],
    });
  });

  it('with a window missing, damaged or of another shape name it', () => {
    const files = [file(1), file(3, 'is empty'), file(4)];
    const found = describeFolder(folder(files, shapes([1, whole], [4, { lines: 58, columns: 272 }])), source!, model);
    expect(found.windows).toBe(1);
    expect(found.problems).toEqual([
      { file: '20261121_225001', message: 'recordsteps missing: 2', spoils: 'nothing' },
      { file: file(3).name, message: 'is empty', spoils: 'window' },
      { file: file(4).name, message: `has 58 lines of 272 counts, ${file(1).name} has 58 of 256`, spoils: 'window' },
    ]);
  });

  it('of which only the newest were wanted miss none of the earlier', () => {
    const files = [file(7), file(9)];
    const two = shapes([7, whole], [9, whole]);
    const problemsOf = (partly: boolean) =>
      describeFolder(folder(files, two, partly), source!, model).problems.map(({ message }) => message);
    expect([problemsOf(true), problemsOf(false)]).toEqual([
      ['recordsteps missing: 8'],
      ['recordsteps missing: 1 to 6, 8'],
    ]);
  });

  it('of another model or another instance are named', () => {
    const other = { lines: 58, columns: 128 };
    expect(describeFolder(folder([file(1)], shapes([1, other])), source!, model).problems).toEqual([
      {
        file: '20261121_225001',
        message:
          "its windows have 128 columns, the model has 256 experts: another model's, or recorded under a pattern",
        spoils: 'folder',
      },
    ]);
    const short = { lines: 26, columns: 256 };
    expect(describeFolder(folder([file(1)], shapes([1, short])), source!, model).problems[0]?.message).toBe(
      "its windows have 26 lines, the model has 58 MoE layers: another model's",
    );
    const odd = { lines: 58, columns: 60 };
    expect(describeFolder(folder([file(1)], shapes([1, odd])), source!, model).problems[0]?.message).toBe(
      "its 60 columns can't be shared by 8 ranks: another model's, or another instance's",
    );
  });
});

const LIVE = { firstSwap: 'live-map/maps/1.json' };

describe('windows of an engine that swapped experts while it served', () => {
  it('were recorded under many maps, and are no load for a pattern', () => {
    expect(swappedIn('s', [{ name: 's/live-map/maps/1.json' }], LIVE)).toEqual({
      pattern: null,
      dynamic: null,
      because: 'its experts were swapped while it served, which balance --watch goes on with; a restart begins anew',
    });
    expect(swappedIn('s', [{ name: 's/live-map/maps/1.json' }], undefined)).toBeNull();
    expect(swappedIn('s', [{ name: 's/w.txt' }, { name: 'r/live-map/maps/1.json' }], LIVE)).toBeNull();
  });
});
