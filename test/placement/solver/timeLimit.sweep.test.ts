import { expect, test } from 'vitest';
import { vllmStart } from '../../../bench/placement/placements.ts';
import { movingLoad, skewedLoad } from '../../../bench/placement/workloads.ts';
import { Random } from '../../../src/placement/random.ts';
import { annealMoves } from '../../../src/placement/solver/annealMoves.ts';
import { annealPlanes } from '../../../src/placement/solver/annealPlanes.ts';
import { createPlanesAnneal } from '../../../src/placement/solver/annealPlanesState.ts';
import { createArrivals } from '../../../src/placement/solver/arrivals.ts';
import { countCopies, MIN_MAX } from '../../../src/placement/solver/counts.ts';
import { proveOptimum } from '../../../src/placement/solver/exact.ts';
import { originOf } from '../../../src/placement/solver/formerHolders.ts';
import type { Layer } from '../../../src/placement/solver/layer.ts';
import { lowerBursts } from '../../../src/placement/solver/lowerBursts.ts';
import { lowerEnergy } from '../../../src/placement/solver/lowerEnergy.ts';
import { lowerPeaks } from '../../../src/placement/solver/lowerPeaks.ts';
import { createLptWork, placeByLpt } from '../../../src/placement/solver/lpt.ts';
import { normaliseLayer } from '../../../src/placement/solver/normalise.ts';
import { searchPairedCounts } from '../../../src/placement/solver/pairing.ts';
import { recountSearch } from '../../../src/placement/solver/recount.ts';
import { repair } from '../../../src/placement/solver/repair.ts';
import { retract } from '../../../src/placement/solver/retract.ts';
import { createShareState, type ShareState, setPlacement } from '../../../src/placement/solver/shareState.ts';
import { solve } from '../../../src/placement/solver/solve.ts';
import { createTable, setUnits, slotsOfTable, type Table } from '../../../src/placement/solver/table.ts';
import { threeRankSearch } from '../../../src/placement/solver/threeRank.ts';
import type { PlacementProblem } from '../../../src/placement/types.ts';
import { LONG } from '../../fakes/seed.ts';
import { expectValid } from './validity.ts';

const RANKS = 16;
const HOSTS_OF = 8;
/** the question that is answered with yes */
const LAST = 3;
/** a target that no search can meet, and more steps than any may take */
const UNREACHABLE = 0.5;
const STEPS = 10_000_000;
/** an annealing asks once more in every further stage */
const MOST_STAGES = 64;

/** Each on a layer of 64 experts, 16 ranks and 5 slots. */
const searches: Readonly<Record<string, (layer: Layer, random: Random) => void>> = {
  'the exchange of three ranks': (layer, random) => threeRankSearch(layer, placed(layer), UNREACHABLE, STEPS, random),
  'the change of counts': (layer, random) =>
    recountSearch(layer, placed(layer), createTable(layer), { target: UNREACHABLE, kicks: STEPS }, random),
  'the search of pairs': (layer, random) => {
    const pairs = { ...layer, slots: 2, ranks: 40, copies: 80, maxCopies: 40 };
    searchPairedCounts(pairs, placed(pairs), UNREACHABLE, STEPS, random);
  },
  'the proof of an optimum': (layer) => {
    const table = placed(layer);
    proveOptimum(layer, table, { bound: UNREACHABLE, peak: Math.max(...table.height), nodes: STEPS });
  },
  'the descent of energy': (layer, random) => lowerEnergy(shares(layer), UNREACHABLE, STEPS, random),
  'the descent of peaks': (layer, random) => lowerPeaks(shares(layer), 'mean', UNREACHABLE, STEPS, random),
  'the descent of flares': (layer, random) =>
    lowerBursts(
      shares(layer),
      layer.meanWeight,
      { objective: 'mean', target: UNREACHABLE, price: 0.8, moves: STEPS },
      random,
    ),
  'the retraction of arrivals': (layer, random) => {
    const state = shares(layer);
    retract(state, createArrivals(state, originOf(layer, other(layer))), UNREACHABLE, STEPS, random);
  },
  'the repair': (layer, random) => {
    const limits = { target: UNREACHABLE, perLayer: STEPS, perRank: STEPS, steps: STEPS, polish: 0, retractions: 0 };
    repair(
      shares(layer),
      slotsOfTable(layer, placed(layer)),
      { origin: originOf(layer, other(layer)), objective: 'mean' },
      limits,
      random,
    );
  },
  'the annealing of one load': (layer, random) =>
    annealMoves(
      layer,
      slotsOfTable(layer, placed(layer)),
      { origin: originOf(layer, other(layer)), target: 1.001 },
      STEPS,
      random,
    ),
  'the annealing of planes': (layer, random) => {
    const state = shares(layer);
    const arrivals = createArrivals(state, originOf(layer, other(layer)));
    const ceilings = new Float64Array(state.planes).fill(1);
    const anneal = createPlanesAnneal(state, arrivals, STEPS, random);
    annealPlanes(anneal, { ceilings, firstPrice: 5, lastPrice: 200, looks: STEPS });
  },
};

for (const [name, search] of Object.entries(searches)) {
  test(`a time limit ends ${name}`, () => {
    let questions = 0;
    const shouldStop = () => ++questions >= LAST;
    search(layerWith(shouldStop), new Random(5));
    expect(questions).toBeGreaterThanOrEqual(LAST);
    expect(questions).toBeLessThanOrEqual(LAST + MOST_STAGES);
  });
}

function layerWith(shouldStop: () => boolean): Layer {
  const { tokens } = skewedLoad({ layers: 1, experts: 64 }, 'log-normal', 3);
  const shape = { experts: 64, ranks: RANKS, slots: 5, ranksPerHost: HOSTS_OF, maxCopies: RANKS };
  return normaliseLayer({ ...shape, shouldStop }, tokens);
}

function placed(layer: Layer): Table {
  const table = createTable(layer);
  countCopies(layer, layer.meanWeight, MIN_MAX, table.counts);
  setUnits(layer, layer.meanWeight, table);
  placeByLpt(layer, table, createLptWork(layer));
  return table;
}

function shares(layer: Layer): ShareState {
  const state = createShareState(layer, 'uniform');
  setPlacement(state, slotsOfTable(layer, placed(layer)));
  return state;
}

/** A placement that has little to do with the load. */
function other({ experts, ranks, slots }: Layer): Int32Array {
  return vllmStart(1, experts, ranks, slots).slotExpert;
}

const LAYERS = LONG ? 2 : 1;
const load = skewedLoad({ layers: LAYERS, experts: 64 }, 'log-normal', 3);
const old = vllmStart(LAYERS, 64, RANKS, 5);
const problems: Readonly<Record<string, PlacementProblem>> = {
  'a free solution': { load, ranks: RANKS, slotsPerRank: 5 },
  'many episodes': { load: movingLoad({ layers: LAYERS, experts: 64 }, 'drift', 3, 9), ranks: RANKS, slotsPerRank: 5 },
  'few moves': { load, ranks: RANKS, slotsPerRank: 5, split: 'uniform', old },
  'a budget of moves': { load, ranks: RANKS, slotsPerRank: 5, old, maxMoves: { perLayer: 12 } },
  'a budget of slots': { load, ranks: RANKS, slotBudget: RANKS * 10 },
};

for (const [name, problem] of Object.entries(problems)) {
  test(`wherever a time limit ends the search for ${name}, the placement is valid and reported as stopped early`, () => {
    let whole = 0;
    const finished = solve({ ...problem, shouldStop: () => ++whole < 0 });
    expect(finished.report.stoppedEarly).toBe(false);
    expect(finished.placement).toEqual(solve(problem).placement);
    for (const share of LONG ? [0, 0.1, 0.3, 0.5, 0.8] : [0, 0.3, 0.8]) {
      let questions = 0;
      const { placement, report } = solve({ ...problem, shouldStop: () => ++questions > whole * share });
      expectValid({ ...problem, slotsPerRank: placement.slotsPerRank }, placement);
      expect(report.stoppedEarly).toBe(true);
      expect(questions).toBe(Math.floor(whole * share) + 1);
    }
  });
}

test('a stop ends the closer search about what a budget has chosen', () => {
  const load = skewedLoad({ layers: 4, experts: 64 }, 'log-normal', 3);
  const old = solve({ load, ranks: 16, slotsPerRank: 5 }).placement;
  const other = skewedLoad({ layers: load.layers, experts: load.experts }, 'log-normal', 77);
  const problem: PlacementProblem = {
    load: other,
    ranks: 16,
    slotsPerRank: 5,
    old,
    maxMoves: { total: 10 * load.layers },
    effort: 0.3,
  };
  let whole = 0;
  const finished = solve({ ...problem, shouldStop: () => ++whole < 0 });
  let asked = 0;
  // the closer search takes more than a tenth of all
  const stopped = solve({ ...problem, shouldStop: () => ++asked > whole * 0.9 });
  expect(stopped.report.stoppedEarly).toBe(true);
  expect(stopped.placement).not.toEqual(finished.placement);
  expectValid(problem, stopped.placement);
  expect(solve(problem).report.stoppedEarly).toBe(false);
});
