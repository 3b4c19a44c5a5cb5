import { expect, test } from 'vitest';
import { vllmStart } from '../../../bench/placement/placements.ts';
import { skewedLoad } from '../../../bench/placement/workloads.ts';
import { Random } from '../../../src/placement/random.ts';
import { annealMoves } from '../../../src/placement/solver/annealMoves.ts';
import { isUsable, originOf } from '../../../src/placement/solver/formerHolders.ts';
import { normaliseLayer } from '../../../src/placement/solver/normalise.ts';
import { objectiveOf } from '../../../src/placement/solver/objective.ts';

const RANKS = 16;
const SLOTS = 5;
const load = skewedLoad({ layers: 1, experts: 64 }, 'log-normal', 9);
const old = vllmStart(1, 64, RANKS, SLOTS).slotExpert;

for (const maxCopies of [RANKS, 3]) {
  test(`annealing comes close to the target with a part of the experts moved, at most ${maxCopies} copies of each`, () => {
    const layer = normaliseLayer({ experts: 64, ranks: RANKS, slots: SLOTS, ranksPerHost: 8, maxCopies }, load.tokens);
    const origin = originOf(layer, old);
    const anneal = () => annealMoves(layer, old, { origin, target: 1.02 }, 100_000, new Random(1));
    const slots = anneal();
    expect(isUsable(layer, slots)).toBe(true);
    expect(objectiveOf(layer, slots, 'uniform', 'mean')).toBeLessThan(1.03);
    const arrivals = slots.filter((expert, slot) => origin[Math.floor(slot / SLOTS) * 64 + expert] === 0);
    expect(arrivals.length).toBeLessThan(old.length / 2);
    expect(anneal()).toEqual(slots);
  });
}
