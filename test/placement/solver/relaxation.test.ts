import { expect, test } from 'vitest';
import { vllmStart } from '../../../bench/placement/placements.ts';
import { movingLoad } from '../../../bench/placement/workloads.ts';
import { place } from '../../../src/placement/index.ts';
import { Random } from '../../../src/placement/random.ts';
import { isUsable, originOf } from '../../../src/placement/solver/formerHolders.ts';
import { normaliseLayer } from '../../../src/placement/solver/normalise.ts';
import { objectiveOf } from '../../../src/placement/solver/objective.ts';
import { pinnedStart } from '../../../src/placement/solver/pinned.ts';
import { relax } from '../../../src/placement/solver/relaxation.ts';
import { createShareState } from '../../../src/placement/solver/shareState.ts';

const RANKS = 16;
const SLOTS = 5;
const EPISODES = 3;
const load = movingLoad({ layers: 1, experts: 64 }, 'drift', EPISODES, 9);
const old = vllmStart(1, 64, RANKS, SLOTS).slotExpert;

for (const kind of ['uniform', 'affine', 'joint'] as const) {
  for (const perRank of [SLOTS, 2]) {
    test(`the more load is allowed, the fewer experts move: ${kind}, at most ${perRank} arrivals on a rank`, () => {
      const shape = { experts: 64, ranks: RANKS, slots: SLOTS, ranksPerHost: 8, maxCopies: RANKS };
      const layer = normaliseLayer(shape, load.tokens);
      const free = place({ load, ranks: RANKS, slotsPerRank: SLOTS, ranksPerHost: 8, split: kind }).slotExpert;
      const origin = originOf(layer, old);
      const state = createShareState(layer, kind);
      const measure = (slots: Int32Array) => objectiveOf(layer, slots, kind, 'mean');
      const peaks = new Float64Array(state.planes).fill(measure(free));
      const relaxed = () =>
        relax(
          state,
          pinnedStart(layer, layer.meanWeight, old, free)!,
          origin,
          {
            peaks,
            freePar: measure(free),
            level: 0.3,
            highest: 1,
            rise: 2,
            aim: 2,
            firstPrice: 5,
            looks: 60_000,
            step: 20_000,
            perRank,
            isEnough: () => false,
            measure,
          },
          new Random(1),
        );
      const points = relaxed();
      expect(points.length).toBe(2);
      for (const { slots, moves, par } of points) {
        expect(isUsable(layer, slots)).toBe(true);
        const arrived = Array.from({ length: RANKS }, (_, rank) =>
          slots.subarray(rank * SLOTS, (rank + 1) * SLOTS).reduce((n, e) => n + 1 - origin[rank * 64 + e]!, 0),
        );
        expect(arrived.reduce((sum, n) => sum + n, 0)).toBe(moves);
        expect(Math.max(...arrived)).toBeLessThanOrEqual(perRank);
        expect(par).toBe(measure(slots));
      }
      expect(points[1]!.moves).toBeLessThan(points[0]!.moves);
      expect(points[0]!.par).toBeLessThan(measure(free) + 0.35);
      expect(relaxed()).toEqual(points);
    });
  }
}
