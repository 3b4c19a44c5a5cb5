import { describe, expect, it } from 'vitest';
import { sglangVec } from '../../../src/placement/references/sglangVec.ts';
import { loadOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

interface Case {
  E: number;
  ranks: number;
  slots: number;
  groups?: number;
  nodes?: number;
  tokens_per_expert: number[][][];
  phy2log: number[][];
}

describe("SGLang's deepseek_vec", () => {
  it.each(golden<{ cases: Case[] }>('sglang_deepseek_vec').cases)(
    'gives the golden map of $E experts on $ranks ranks, $nodes nodes',
    ({ ranks, slots, groups, nodes, tokens_per_expert, phy2log }) => {
      const placement = sglangVec({ load: loadOf(tokens_per_expert), ranks, slotsPerRank: slots, groups, nodes });
      expect([...placement.slotExpert]).toEqual(phy2log.flat());
    },
  );
});
