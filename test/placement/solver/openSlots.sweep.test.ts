import { expect, test } from 'vitest';
import { vllmStart } from '../../../bench/placement/placements.ts';
import { skewedLoad } from '../../../bench/placement/workloads.ts';
import { Random } from '../../../src/placement/random.ts';
import { countCopies } from '../../../src/placement/solver/counts.ts';
import { exchangeAny, exchangeArrival, restoreResident, swapArrival } from '../../../src/placement/solver/exchanges.ts';
import { originOf } from '../../../src/placement/solver/formerHolders.ts';
import { insertUnder } from '../../../src/placement/solver/insertion.ts';
import { normaliseLayer } from '../../../src/placement/solver/normalise.ts';
import { fillOpenSlot, openSlotOfAny } from '../../../src/placement/solver/openings.ts';
import { ALL, type OpenSlots, openSlots, overload } from '../../../src/placement/solver/openSlots.ts';
import { replacePooled, replaceSettled } from '../../../src/placement/solver/recounts.ts';
import { createTrialChange } from '../../../src/placement/solver/trialChange.ts';

const RANKS = 16;
const SLOTS = 5;
const EXPERTS = 64;
const TARGET = 1.02;
const load = skewedLoad({ layers: 1, experts: EXPERTS }, 'zipf', 3);
const old = vllmStart(1, EXPERTS, RANKS, SLOTS).slotExpert;
const layer = normaliseLayer(
  { experts: EXPERTS, ranks: RANKS, slots: SLOTS, ranksPerHost: 8, maxCopies: RANKS },
  load.tokens,
);
const origin = originOf(layer, old);
const counts = new Int32Array(EXPERTS);
countCopies(layer, layer.meanWeight, [0.85, 1], counts);

const all = {
  exchangeArrival,
  exchangeAny,
  swapArrival,
  restoreResident,
  fillOpenSlot,
  openSlotOfAny,
  replacePooled,
  replaceSettled,
};

for (const [name, change] of Object.entries(all)) {
  test(`${name} keeps what is known of the slots true, and foresees the load above the target`, () => {
    const state = openSlots(layer, insertUnder(layer, layer.meanWeight, old, counts, 1.5)!, origin, TARGET);
    // where load costs little, much of what is tried is done
    const anneal = { state, trial: createTrialChange(state), random: new Random(1), price: 5 };
    let done = 0;
    for (let i = 0; i < 1500; i++) {
      if (i % 3 > 0) Object.values(all)[i % 8]!(anneal);
      const before = state.over[ALL]!;
      change(anneal);
      if (state.over[ALL] === before) continue;
      done++;
      expect(state.over[ALL]).toBeCloseTo(overload(state), 9);
      expectTrue(state);
    }
    expect(done).toBeGreaterThan(5);
  });
}

/** Everything from the slots and the pool alone. */
function expectTrue(state: OpenSlots): void {
  const held = new Uint8Array(RANKS * (EXPERTS + 1));
  const copies = new Int32Array(EXPERTS + 1);
  const room = new Float64Array(RANKS).fill(TARGET);
  let arrived = 0;
  for (let slot = 0; slot < state.slotExpert.length; slot++) {
    const expert = state.slotExpert[slot]!;
    const rank = Math.floor(slot / SLOTS);
    if (expert < 0) {
      if (state.openSlot[rank] !== slot) expect.fail(`slot ${slot} of rank ${rank} is open`);
      continue;
    }
    copies[expert] = copies[expert]! + 1;
    if (expert === EXPERTS) continue;
    held[rank * (EXPERTS + 1) + expert] = 1;
    arrived += 1 - origin[rank * EXPERTS + expert]!;
    room[rank] = room[rank]! - state.unit[expert]!;
  }
  expect(state.held).toEqual(held);
  expect(state.arrived).toBe(arrived);
  for (let rank = 0; rank < RANKS; rank++) expectClose(state.room[rank]!, room[rank]!);
  const openRanks = [...state.openSlot.keys()].filter((rank) => state.openSlot[rank]! >= 0);
  expect([...state.roomRank.subarray(0, state.open)].sort((a, b) => a - b)).toEqual(openRanks);
  expect(state.size).toBe(state.open);
  for (const expert of state.loadExpert.subarray(0, state.size)) copies[expert] = copies[expert]! + 1;
  expect(state.counts).toEqual(copies);
  for (let i = 0; i < state.open; i++) {
    expectClose(state.rooms[i]!, state.room[state.roomRank[i]!]!);
    expectClose(state.loads[i]!, state.unit[state.loadExpert[i]!]!);
    if (i === 0) continue;
    if (state.rooms[i]! < state.rooms[i - 1]! || state.loads[i]! < state.loads[i - 1]!)
      expect.fail(`${i} is out of order`);
  }
}

/** Thousands of times: an `expect` of each would take longer than the search. */
function expectClose(value: number, wanted: number): void {
  if (!(Math.abs(value - wanted) < 1e-9)) expect(value).toBe(wanted);
}
