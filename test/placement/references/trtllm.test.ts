import { describe, expect, it } from 'vitest';
import { trtllm } from '../../../src/placement/references/trtllm.ts';
import { countReplicas } from '../../../src/placement/slots.ts';
import { loadOf, tablesOf } from '../fixtures.ts';
import { golden } from '../golden.ts';

interface Case {
  kind: string;
  E: number;
  ranks: number;
  slots: number;
  weight: number[];
  rank_expert_ids: number[][];
  replica_count: number[];
}

describe("TensorRT-LLM's balancer", () => {
  it.each(golden<{ cases: Case[] }>('trtllm').cases)(
    'gives the golden placement of $E experts on $ranks ranks, $kind',
    ({ E, ranks, slots, weight, rank_expert_ids, replica_count }) => {
      const placement = trtllm({ load: loadOf([[weight]]), ranks, slotsPerRank: slots });
      expect(tablesOf(placement)[0]).toEqual(rank_expert_ids);
      expect([...countReplicas(placement.slotExpert, E)]).toEqual(replica_count);
    },
  );
});
