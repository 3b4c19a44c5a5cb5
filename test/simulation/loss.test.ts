import { describe, expect, it } from 'vitest';
import { sharesOf } from '../../src/moves/routing.ts';
import { parseCostModel } from '../../src/operations/session/parseCostModel.ts';
import { layerSlots, lostWith, placementFromTables } from '../../src/placement/index.ts';
import { type Loss, parsePolicy, replay, type Trace } from '../../src/simulation/index.ts';
import { SurvivorLifeCycle } from '../../src/simulation/survivors.ts';
import { drive, fixedCosts } from './steps.ts';

const SHAPE = { layers: 2, experts: 8, ranks: 4, ranksPerHost: 2 };
const TRACE: Trace = {
  layers: 2,
  experts: 8,
  steps: 40,
  read: (_, into) => into.set(Float64Array.from(into, (_, i) => 100 + 40 * (i % 8))),
};
const COST = parseCostModel({
  expertBytes: 1e6,
  storageGBps: 1,
  detectMs: 100,
  regroupMs: 40,
  mapsMs: 5,
  startMs: 3000,
});

function outcomeOf(policy: string, loss: Loss) {
  const options = { shape: SHAPE, cost: COST, phase: 'decode', points: 10, loss } as const;
  return replay(TRACE, [parsePolicy(policy, SHAPE)], options)[0]!;
}

describe('the loss of ranks', () => {
  it('costs an engine detection, a start and the reading of all experts of a rank', () => {
    const { loss, points } = outcomeOf('none', { step: 20, ranks: [1], after: 'engine' });
    expect(loss).toMatchObject({ how: 'restart', note: null, missingExperts: 4, rtoMs: 3104, replacedMs: null });
    expect(loss!.parts).toEqual([
      { name: 'detect', ms: 100 },
      { name: 'start', ms: 3000 },
      { name: 'load', ms: 4 }, // 2 experts in 2 layers
    ]);
    expect(loss!.tokensPerSecondAfter).toBeCloseTo(loss!.tokensPerSecondBefore, 6);
    expect(points.map(({ outageMs }) => outageMs)).toEqual([0, 0, 0, 0, 0, 3104, 0, 0, 0, 0]);
  });

  it('costs ours the maps and what nobody holds any more, and the survivors carry the rest', () => {
    const { loss } = outcomeOf('omniplace:redundant=8,episode=1000', { step: 20, ranks: [1], after: 'engine' });
    // all experts stand twice, two ranks apart
    expect(loss).toMatchObject({ how: 'recover', missingExperts: 0, rtoMs: 145 });
    expect(loss!.parts.map(({ name }) => name)).toEqual(['detect', 'regroup', 'maps', 'load']);
    expect(loss!.replacedMs!).toBeGreaterThan(145);
    expect(loss!.tokensPerSecondAfter).toBeLessThan(loss!.tokensPerSecondBefore);
    expect(loss!.tokensPerSecondAfter).toBeGreaterThan(0.5 * loss!.tokensPerSecondBefore);
  });

  it('loads what stood on the lost rank only before the next pass', () => {
    const { loss } = outcomeOf('vllm:redundant=4', { step: 20, ranks: [3], after: 'recover' });
    // slots 0 1 2 | 3 4 5 | 6 7 0 | 1 2 3: nothing is lost with the last rank, 6 and 7 with the third
    expect(loss!.missingExperts).toBe(0);
    const third = outcomeOf('vllm:redundant=4', { step: 20, ranks: [2], after: 'recover' }).loss!;
    expect(third.missingExperts).toBe(4);
    const load = third.parts.find(({ name }) => name === 'load')!;
    expect(load.ms).toBeGreaterThanOrEqual(2);
    expect(load.ms).toBeLessThanOrEqual(4);
  });

  it('is a new start where the survivors have too few slots, and says so', () => {
    const { loss } = outcomeOf('none', { step: 20, ranks: [0], after: 'recover' });
    expect(loss).toMatchObject({ how: 'restart', rtoMs: 3104 });
    expect(loss!.note).toBe("layer 0: 6 slots of 3 ranks can't hold 8 experts; give the survivors more slots");
  });
});

describe('tokens among survivors', () => {
  it('start on survivors only and are all computed', () => {
    const slots = Int32Array.of(0, 1, -1, -1, 1, 2, 2, 0);
    const lost = new Set([1]);
    for (const routing of ['uniform', 'affine', 'by-rank'] as const) {
      const { share, near, far } = sharesOf(slots, { experts: 3, ranks: 4, ranksPerHost: 2 }, routing, lost);
      for (let expert = 0; expert < 3; expert++) {
        const all = slots.reduce((sum, held, slot) => sum + (held === expert ? share[slot]! : 0), 0);
        expect(all).toBeCloseTo(1, 12);
      }
      expect(share[2]).toBe(0);
      for (const [slot, part] of share.entries()) expect(near[slot]! + far[slot]!).toBeLessThanOrEqual(part + 1e-12);
    }
    // expert 0 on ranks 0 and 3: source 0 keeps its own, 2 goes to its neighbour 3, 3 keeps its own
    expect([
      ...sharesOf(slots, { experts: 3, ranks: 4, ranksPerHost: 2 }, 'affine', lost).share.filter(
        (_, i) => slots[i] === 0,
      ),
    ]).toEqual([1 / 3, 2 / 3]);
  });
});

describe('the re-placement after a loss', () => {
  it('is carried out layer by layer behind the passes, and then nothing moves', () => {
    const placement = placementFromTables(
      [
        [[0, 1], [0]],
        [[0, 1], [1]],
      ],
      2,
    );
    const moves = [0, 1].map((layer) => ({
      layer,
      slots: Int32Array.of(0, 1, 1 - layer, -1),
      hops: [{ expert: 1 - layer, from: 0, to: 1 }],
      us: 150,
    }));
    const cycle = new SurvivorLifeCycle(placement, 'uniform', moves, fixedCosts({ copy: 7 }));
    const shape = { layers: 2, experts: 2, ranks: 2, ranksPerHost: 2 };
    const words = drive(
      cycle,
      shape,
      Array.from({ length: 7 }, () => ({ load: [4, 4] })),
      100,
    );
    expect(words.map((text) => text.includes('commit'))).toEqual([false, false, true, false, true, false, false]);
    expect(cycle.doneUs).toBe(500);
    expect([...layerSlots(cycle.placement, 0)]).toEqual([0, 1, 1, -1]);
    expect(lostWith(cycle.placement, new Set())).toEqual([]);
  });
});
