import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import PatternExport from '../../../src/commands/pattern/export.ts';
import {
  executeTransferPlan,
  parseNpy,
  parseTransferPlan,
  placementFromTables,
  writeExpertMap,
} from '../../../src/placement/index.ts';
import { patternCli } from './cli.ts';

const { path, write, run } = patternCli();
const NEXT = placementFromTables(
  [
    [
      [3, 0, 1],
      [2, 1, 0],
    ],
  ],
  4,
);
const OLD = placementFromTables(
  [
    [
      [0, 1, 2],
      [2, 3, 0],
    ],
  ],
  4,
);

describe('pattern export', () => {
  it('writes every engine its form and the moves as a plan', async () => {
    const { code, stdout } = await run(
      PatternExport,
      ...[write('next.json', writeExpertMap(NEXT)), path('maps'), '--old', write('old.json', writeExpertMap(OLD))],
    );
    expect(code).toBe(0);
    expect(stdout).toBe(`vllm           maps/vllm/physical_to_logical_map.npy  int64 (1, 6)
vllm           maps/vllm/logical_to_physical_map.npy  int64 (1, 4, 2)
vllm           maps/vllm/logical_replica_count.npy  int64 (1, 4)
vllm-ascend    maps/vllm-ascend/expert_map.json  1 layers on 2 ranks
omniplacement  maps/omniplacement/pattern.npy  0 or 1 (2, 1, 4)
sglang         maps/sglang/expert_location.json  1 layers on 2 ranks
plan           maps/transfer_plan.json  2 transfers in 2 batches
released vLLM reads no map of experts: its files are for builds of your own
every file was read back and says the same
`);
    const physical = parseNpy(readFileSync(path('maps/vllm/physical_to_logical_map.npy')));
    expect(physical).toMatchObject({ shape: [1, 6], dtype: '<i8' });
    expect([...physical.data]).toEqual([3, 0, 1, 2, 1, 0]);
    const logical = parseNpy(readFileSync(path('maps/vllm/logical_to_physical_map.npy')));
    expect([...logical.data]).toEqual([1, 5, 2, 4, 3, -1, 0, -1]);
    const plan = parseTransferPlan(readFileSync(path('maps/transfer_plan.json'), 'utf8'));
    expect([...executeTransferPlan(OLD, plan).slotExpert]).toEqual([...NEXT.slotExpert]);
    expect(JSON.parse(readFileSync(path('maps/transfer_plan.json'), 'utf8')).layer_list[0].batches).toEqual([
      [{ expert: 1, from: [0, 1], to: [1, 1] }],
      [{ expert: 3, from: [1, 1], to: [0, 0] }],
    ]);
  });

  it('says which engine can not say it, and why', async () => {
    const twice = placementFromTables(
      [
        [
          [0, 0],
          [1, 2],
        ],
      ],
      3,
    );
    const { stdout } = await run(PatternExport, write('a.json', writeExpertMap(twice)), path('maps'));
    expect(stdout).toContain('omniplacement  nothing: rank 0 holds an expert twice in layer 0\n');
    const empty = placementFromTables([[[0, 1], [2]]], 3);
    const { code, stderr } = await run(PatternExport, write('a.json', writeExpertMap(empty)), path('maps'));
    expect(code).toBe(2);
    expect(stderr).toContain("a.json: no engine's form can say it: slots are empty");
  });
});

describe('a transfer plan', () => {
  it('is refused when it is none', () => {
    expect(() => parseTransferPlan('{"layer_list": []}')).toThrow(
      'not a transfer plan: its format is not omniplace-transfer-plan of version 1',
    );
    expect(() => parseTransferPlan('[')).toThrow('the transfer plan is no JSON');
  });
});
