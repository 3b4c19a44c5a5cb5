import { describe, expect, it } from 'vitest';
import { sharesOf } from '../../src/moves/routing.ts';
import { repeatSlots } from '../../src/moves/slotLoads.ts';
import { rankLoads } from '../../src/placement/index.ts';
import { Random } from '../../src/placement/random.ts';

// expert 0 on ranks 0 and 2, expert 1 on 1, expert 2 on 3; hosts are 0 1 and 2 3
const SLOTS = Int32Array.of(0, 1, 0, 2);

describe('shares of replicas', () => {
  it('are equal under a hash of the token; what leaves the host follows from where tokens start', () => {
    const { share, near, far } = sharesOf(SLOTS, { experts: 3, ranks: 4, ranksPerHost: 2 }, 'uniform');
    expect([...share]).toEqual([0.5, 1, 0.5, 1]);
    expect([...near]).toEqual([0.125, 0.25, 0.125, 0.25]);
    expect([...far]).toEqual([0.25, 0.5, 0.25, 0.5]);
  });

  it('stay on the host under affine routing where a copy is there', () => {
    const { share, far } = sharesOf(SLOTS, { experts: 3, ranks: 4, ranksPerHost: 2 }, 'affine');
    expect([...share]).toEqual([0.5, 1, 0.5, 1]);
    expect([...far]).toEqual([0, 0.5, 0, 0.5]);
  });

  it('go by the number of the source rank in vllm-ascend', () => {
    // rank 0 and 2 use the copy on rank 0, ranks 1 and 3 that on rank 2
    const { share, near, far } = sharesOf(SLOTS, { experts: 3, ranks: 4, ranksPerHost: 2 }, 'by-rank');
    expect([...share]).toEqual([0.5, 1, 0.5, 1]);
    expect([near[0], far[0], near[2], far[2]]).toEqual([0, 0.25, 0.25, 0.25]);
  });

  it('give every rank the load that the placement engine gives it', () => {
    const random = Random.scrambled(5);
    for (let round = 0; round < 30; round++) {
      const ranks = 2 + random.below(9);
      const width = 1 + random.below(4);
      const experts = Math.max(1, Math.floor((ranks * width) / (1 + random.below(3))));
      const slots = Int32Array.from({ length: ranks * width }, (_, i) => (i < experts ? i : random.below(experts)));
      const tokens = Float64Array.from({ length: experts }, () => random.below(100));
      const ranksPerHost = 1 + random.below(ranks);
      const placement = repeatSlots(slots, 1, ranks, experts);
      for (const split of ['uniform', 'affine'] as const) {
        // twice on a rank is one holder under affine routing: only the loads of ranks are compared
        const { share } = sharesOf(slots, { experts, ranks, ranksPerHost }, split);
        const loads = new Float64Array(ranks);
        for (const [slot, expert] of slots.entries())
          loads[Math.floor(slot / width)]! += tokens[expert]! * share[slot]!;
        const wanted = rankLoads(tokens, placement, 0, split, { ranksPerHost });
        for (let rank = 0; rank < ranks; rank++) expect(loads[rank]).toBeCloseTo(wanted[rank]!, 6);
      }
    }
  });
});
