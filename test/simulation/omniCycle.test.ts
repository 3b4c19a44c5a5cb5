import { describe, expect, it } from 'vitest';
import { mergeRounds, OmniLifeCycle } from '../../src/simulation/omniCycle.ts';
import { drive, fixedCosts, held } from './steps.ts';

const SHAPE = { layers: 1, experts: 4, ranks: 2, ranksPerHost: 2 };
const SETTINGS = { perRank: 0, perExpert: 1, roundRobin: true, tick: 60 };
// [0 1 | 2 3] has PAR 10 / 6; the greedy packing deals 7, then 3, then 1 1: [0, 3] and [1, 2]
const HOT = { load: [7, 3, 1, 1] };
const SECOND = 1e6;

describe("OmniPlacement's dynamic loop", () => {
  it('looks at once and finds nothing, then every 60 s; the next pass puts the staged round in place', () => {
    const loop = new OmniLifeCycle(SETTINGS, SHAPE, fixedCosts({ plan: 2 * SECOND, move: 3 * SECOND, copy: 4 }));
    // a pass every 20 s: they begin at 0, 20, 40, ...
    const said = drive(loop, SHAPE, Array(9).fill(HOT), 20 * SECOND);
    expect(said).toEqual([
      'plan 2000000', // 0: no load yet
      '',
      '',
      '', // 60: asleep until 62
      'plan 2000000', // 80: woken, sends from 82
      // 100: sent in two batches by 88, taken by this pass
      'move 0 (3:1>0 1:0>1), copy 4, commit 0',
      '',
      '',
      '', // 160: asleep until 100 + 60 and a poll of the flag
    ]);
    expect(drive(loop, SHAPE, [HOT], SECOND, 161 * SECOND)).toEqual(['plan 2000000']);
  });

  it('leaves layers alone whose PAR is below 1.1 or would fall by less than 0.05', () => {
    const loop = new OmniLifeCycle(SETTINGS, SHAPE, fixedCosts());
    const said = drive(loop, SHAPE, Array(5).fill({ load: [5, 4, 4, 4] }), 31 * SECOND);
    expect(said.join(' ')).not.toContain('move');
    expect(held(loop, 0)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('routes each source rank to one fixed replica with enable_rank_round_robin, by turns without', () => {
    expect(new OmniLifeCycle(SETTINGS, SHAPE, fixedCosts()).routing).toBe('affine');
    expect(new OmniLifeCycle({ ...SETTINGS, roundRobin: false }, SHAPE, fixedCosts()).routing).toBe('uniform');
  });

  it('leaves redundant slots empty until it plans', () => {
    expect(held(new OmniLifeCycle({ ...SETTINGS, perRank: 1 }, SHAPE, fixedCosts()), 0)).toEqual([
      [0, 1, -1],
      [2, 3, -1],
    ]);
  });
});

describe('rounds and batches', () => {
  const change = (layer: number, ...hops: [number, number, number][]) => ({
    layer,
    slots: new Int32Array(0),
    hops: hops.map(([expert, from, to]) => ({ expert, from, to })),
  });

  it('puts layers in one round while no rank gets more than its queue holds', () => {
    const rounds = mergeRounds([change(0, [0, 0, 1]), change(1, [0, 0, 1]), change(2, [0, 0, 1])], 2, 2);
    expect(rounds.map(({ changes }) => changes.map(({ layer }) => layer))).toEqual([[0, 1], [2]]);
  });

  it('lets a rank take part in one transfer of a batch at most', () => {
    const [round] = mergeRounds([change(0, [0, 0, 1], [1, 2, 3], [2, 1, 2])], 4, 8);
    expect(round!.batches.map((batch) => batch.map(({ expert }) => expert))).toEqual([[0, 1], [2]]);
  });
});
