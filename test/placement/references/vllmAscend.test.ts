import { describe, expect, it } from 'vitest';
import { ascendDefault } from '../../../src/placement/references/ascendDefault.ts';
import { flashlb, flashlbPercentage } from '../../../src/placement/references/flashlb.ts';
import type { ReferenceProblem } from '../../../src/placement/references/layerProblem.ts';
import { swift } from '../../../src/placement/references/swift.ts';
import { placementFromTables } from '../../../src/placement/slots.ts';
import { loadOf, tablesOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

interface Case {
  E: number;
  ranks: number;
  slots: number;
  logical_load: number[][][];
  current_table: number[][][];
  ascend_default: { table: number[][][] };
  ascend_swift: { table: number[][][] };
  ascend_flashlb: { table: number[][][] };
  ascend_flashlb_pct: { table: number[][][] };
}

const cases = golden<{ cases: Case[] }>('vllm_ascend').cases.map((wanted) => ({
  ...wanted,
  name: `${wanted.E} experts on ${wanted.ranks} ranks over ${wanted.logical_load.length} stages`,
  problem: {
    load: loadOf(wanted.logical_load),
    ranks: wanted.ranks,
    slotsPerRank: wanted.slots,
    old: placementFromTables(wanted.current_table, wanted.E),
  } satisfies ReferenceProblem,
}));

describe('vllm-ascend', () => {
  it.each(cases)('DefaultEplb gives the golden table of $name', ({ problem, ascend_default }) => {
    expect(tablesOf(ascendDefault(problem))).toEqual(ascend_default.table);
  });

  it.each(cases)('SwiftBalance gives the golden table of $name', ({ problem, ascend_swift }) => {
    expect(tablesOf(swift(problem))).toEqual(ascend_swift.table);
  });

  it.each(cases)('FlashLB gives the golden table of $name', ({ problem, ascend_flashlb }) => {
    expect(tablesOf(flashlb(problem))).toEqual(ascend_flashlb.table);
  });

  it.each(cases)('FlashLB by percentage gives the golden table of $name', ({ problem, ascend_flashlb_pct }) => {
    expect(tablesOf(flashlbPercentage(problem))).toEqual(ascend_flashlb_pct.table);
  });
});
