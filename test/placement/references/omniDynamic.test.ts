import { describe, expect, it } from 'vitest';
import { evaluatePlacement } from '../../../src/placement/evaluate.ts';
import { omniDynamic } from '../../../src/placement/references/omniDynamic.ts';
import { omniDynamicOld } from '../../../src/placement/references/omniDynamicOld.ts';
import { basePlacement, countReplicas, placementFromTables } from '../../../src/placement/slots.ts';
import { loadOf, tablesOf } from '../fixtures.ts';

describe("OmniPlacement's online balancer", () => {
  it('leaves a layer whose PAR is below 1.1', () => {
    const load = loadOf([[[10, 10, 10, 10.9]]]);
    expect(tablesOf(omniDynamic({ load, ranks: 2, slotsPerRank: 3 }))).toEqual([
      [
        [0, 1, -1],
        [2, 3, -1],
      ],
    ]);
  });

  it('takes start-up noise for what it is: more than 300 between hottest and coolest rank', () => {
    expect(tablesOf(omniDynamic({ load: loadOf([[[301, 0, 0, 1]]]), ranks: 2 }))).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
    ]);
    expect(tablesOf(omniDynamic({ load: loadOf([[[200, 100, 0, 1]]]), ranks: 2 }))).toEqual([
      [
        [0, 2],
        [1, 3],
      ],
    ]);
  });

  it('does not change for a gain of 0.05 or less', () => {
    const balance = (weight: number[]) => tablesOf(omniDynamic({ load: loadOf([[weight]]), ranks: 2 }))[0];
    // from 112 of 100 to 107.2, and to 106
    expect(balance([100, 12, 7.2, 80.8])).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(balance([100, 12, 6, 82])).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it('keeps slots of experts that stay, and leaves slots empty where redundancy does not help', () => {
    const load = loadOf([[[30, 30, 10, 10]]]);
    expect(tablesOf(omniDynamic({ load, ranks: 2, slotsPerRank: 3 }))).toEqual([
      [
        [0, 2, -1],
        [1, 3, -1],
      ],
    ]);
  });

  it('copies an expert that no rank can carry alone, at most as often as allowed', () => {
    const load = loadOf([[[900, 100, 100, 100]]]);
    const all = omniDynamic({ load, ranks: 4, slotsPerRank: 2 });
    expect([...countReplicas(all.slotExpert, 4)]).toEqual([4, 2, 1, 1]);
    const few = omniDynamic({ load, ranks: 4, slotsPerRank: 2, maxReplicas: 3 });
    expect(Math.max(...countReplicas(few.slotExpert, 4))).toBe(3);
  });

  it('deals ranks to hosts in turn where they fill the hosts', () => {
    const weight = Array.from({ length: 32 }, (_, expert) => 1000 - 30 * expert);
    const placement = omniDynamic({ load: loadOf([[weight]]), ranks: 32, slotsPerRank: 1 });
    // one expert per rank can't be balanced, so nothing changes
    expect(placement).toEqual(basePlacement(1, 32, 32));
    const paired = Array.from({ length: 64 }, (_, expert) => 1000 - 15 * expert);
    const tables = tablesOf(omniDynamic({ load: loadOf([[paired]]), ranks: 32 }))[0]!;
    // the two hottest experts stand first on the two hosts
    expect(tables[0]).toContain(0);
    expect(tables[16]).toContain(1);
  });

  it('refuses ranks that do not divide the experts', () => {
    expect(() => omniDynamic({ load: loadOf([[[1, 2, 3]]]), ranks: 2 })).toThrow(
      "OmniPlacement's dynamic balancer needs experts to be a multiple of ranks; 3 is none of 2",
    );
  });
});

describe('its first generation', () => {
  const par = (placement: ReturnType<typeof omniDynamicOld>, load: ReturnType<typeof loadOf>) =>
    evaluatePlacement(load, placement, 'uniform').par[0]!;

  it('swaps between halves, and halves of halves', () => {
    const load = loadOf([[[8, 7, 6, 5, 4, 3, 2, 1]]]);
    const placement = omniDynamicOld({ load, ranks: 4 });
    expect(par(placement, load)).toBeCloseTo(10 / 9, 12); // from 15 / 9
    expect([...countReplicas(placement.slotExpert, 8)]).toEqual(new Array(8).fill(1));
  });

  it('does not change a layer for a gain of 0.1 or less', () => {
    const load = loadOf([[[54, 1, 45, 0]]]); // 55 of 50 against 54 at best
    expect(omniDynamicOld({ load, ranks: 2 })).toEqual(basePlacement(1, 2, 4));
  });

  it('adds copies of hot experts to cool ranks, at most two changes per rank', () => {
    const load = loadOf([[[100, 10, 10, 10]]]);
    const old = placementFromTables(
      [
        [
          [0, -1],
          [1, -1],
          [2, -1],
          [3, -1],
        ],
      ],
      4,
    );
    const placement = omniDynamicOld({ load, ranks: 4, slotsPerRank: 2, old });
    expect(countReplicas(placement.slotExpert, 4)[0]).toBeGreaterThan(1);
    expect(par(placement, load)).toBeLessThan(par(old, load));
    const changed = placement.slotExpert.filter((expert, slot) => expert !== old.slotExpert[slot]);
    expect(changed.length).toBeLessThanOrEqual(8);
  });

  it('stops at the limit of copies', () => {
    const load = loadOf([[[100, 10, 10, 10]]]);
    const placement = omniDynamicOld({ load, ranks: 4, slotsPerRank: 2, maxReplicas: 2 });
    expect(countReplicas(placement.slotExpert, 4)[0]).toBe(2);
  });
});
