import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import PatternCheck from '../../../src/commands/pattern/check.ts';
import PatternRecover from '../../../src/commands/pattern/recover.ts';
import { parseNpy, placementFromTables, writePattern } from '../../../src/placement/index.ts';
import { npy, patternCli } from './cli.ts';

const { path, write, run } = patternCli();
const SERVED = writePattern(
  placementFromTables(
    [
      [
        [0, 1, 2],
        [2, 3, 4],
        [0, 3, 5],
      ],
    ],
    6,
  ),
);

describe('pattern recover', () => {
  it('says what is lost, what serves at once and what the survivors become, and writes it all', async () => {
    const { code, stdout } = await run(
      PatternRecover,
      ...[write('a.npy', SERVED), '--lost', '1', '--load', write('load.npy', npy([1, 6], [9, 1, 1, 1, 1, 1]))],
      ...['--max-moves', '1', '--out', path('out')],
    );
    expect(code).toBe(0);
    expect(stdout.replace(/^time .*/m, 'time')).toBe(`lost       rank 1 of 3; 2 go on
at once    tokens go to the remaining replicas; 1 of 6 experts, in 1 layers, stand on no survivor
re-placed  1 experts from storage, 0 sent, 0 of them between hosts
PAR        1.2857 before, 1.0000 of what the survivors hold at once, 1.5714 re-placed
time
verified   every expert is placed, none twice on a rank, moves are within the budget, the plan leads there

vllm           out/now/vllm/physical_to_logical_map.npy  int64 (1, 9)
vllm           out/now/vllm/logical_to_physical_map.npy  int64 (1, 6, 2)
vllm           out/now/vllm/logical_replica_count.npy  int64 (1, 6)
vllm           out/next/vllm/physical_to_logical_map.npy  int64 (1, 6)
vllm           out/next/vllm/logical_to_physical_map.npy  int64 (1, 6, 1)
vllm           out/next/vllm/logical_replica_count.npy  int64 (1, 6)
vllm-ascend    out/next/vllm-ascend/expert_map.json  1 layers on 2 ranks
omniplacement  out/next/omniplacement/pattern.npy  0 or 1 (2, 1, 6)
sglang         out/next/sglang/expert_location.json  1 layers on 2 ranks
plan           out/transfer_plan.json  0 transfers in 0 batches, 1 loads from storage
plan           out/rank_mapping.json  3 ranks to 2
released vLLM reads no map of experts: its files are for builds of your own
every file was read back and says the same
`);
    const now = parseNpy(readFileSync(path('out/now/vllm/physical_to_logical_map.npy')));
    expect([...now.data]).toEqual([0, 1, 2, -1, -1, -1, 0, 3, 5]);
    expect(JSON.parse(readFileSync(path('out/rank_mapping.json'), 'utf8'))).toEqual({ 0: 0, 1: -1, 2: 1 });
    expect((await run(PatternCheck, path('out/next/omniplacement/pattern.npy'))).code).toBe(0);
  });

  it('takes ranks, ranges and hosts', async () => {
    const file = write('a.npy', SERVED);
    const lost = async (text: string) => {
      const { stdout } = await run(
        PatternRecover,
        ...[file, '--lost', text, '--slots', '6', '--ranks-per-host', '2', '--json'],
      );
      return JSON.parse(stdout).lost;
    };
    expect(await lost('1')).toEqual([1]);
    expect(await lost('2,0')).toEqual([0, 2]);
    expect(await lost('0-1')).toEqual([0, 1]);
    expect(await lost('host0')).toEqual([0, 1]);
    expect(await lost('host1')).toEqual([2]);
  });

  it('refuses what can not be lost and what can not be recovered', async () => {
    const file = write('a.npy', SERVED);
    const fault = async (...more: string[]) => (await run(PatternRecover, file, ...more)).stderr;
    expect(await fault('--lost', 'one')).toContain("--lost one can't be used");
    expect(await fault('--lost', '3')).toContain('There are ranks 0 to 2, on hosts of 16.');
    expect(await fault('--lost', '0-2')).toContain('all 3 ranks are lost: there is nothing to recover');
    expect(await fault('--lost', '0,1')).toContain(
      "layer 0: 3 slots of 1 ranks can't hold 6 experts; give the survivors more slots",
    );
    expect(await fault('--lost', '1', '--max-moves', '0')).toContain(
      '1 experts stood on lost ranks only and must be loaded, more than the 0 that may move',
    );
  });
});
