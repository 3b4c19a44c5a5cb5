import type { Random } from '../random.ts';
import { type Arrivals, isArrival, noteMove } from './arrivals.ts';
import { createMove, type Move } from './moves.ts';
import { clearTouched, type ShareState } from './shareState.ts';

/** The placement in `state` while it is annealed, with what a change needs to know at hand. */
export interface PlanesAnneal {
  readonly state: ShareState;
  readonly arrivals: Arrivals;
  readonly random: Random;
  readonly ceilings: Float64Array;
  readonly perRank: number;
  price: number;
  spent: number;
  /** what the scan at hand may cost, in arrivals */
  accepted: number;
  /** the change at hand */
  readonly move: Move;
  /** all slots */
  readonly slots: Int32Array;
  /** [slot] */
  readonly rankAt: Int32Array;
  /** [slot], 1 where the expert has arrived */
  readonly newAt: Uint8Array;
  /** [slot][plane], what the slot's copy carries */
  readonly unitAt: Float64Array;
  /** [rank], load above the ceilings of all planes */
  readonly excess: Float64Array;
  /** the slots whose expert has arrived, in no order, and [slot] where each stands among them or -1 */
  arrived: number;
  readonly arrivalSlots: Int32Array;
  readonly arrivalAt: Int32Array;
  /** [rank], the experts it held before */
  readonly before: readonly Int32Array[];
  /** [expert], the ranks that held it before */
  readonly homes: readonly Int32Array[];
}

export function createPlanesAnneal(
  state: ShareState,
  arrivals: Arrivals,
  perRank: number,
  random: Random,
): PlanesAnneal {
  const { layer, planes, slotExpert } = state;
  const { experts, ranks, slots } = layer;
  const size = slotExpert.length;
  const anneal: PlanesAnneal = {
    state,
    arrivals,
    random,
    ceilings: new Float64Array(planes),
    perRank,
    price: 0,
    spent: 0,
    accepted: 0,
    move: createMove(ranks),
    slots: slotExpert.map((_, slot) => slot),
    rankAt: slotExpert.map((_, slot) => (slot / slots) | 0),
    newAt: new Uint8Array(size),
    unitAt: new Float64Array(size * planes),
    excess: new Float64Array(ranks),
    arrived: 0,
    arrivalSlots: new Int32Array(size),
    arrivalAt: new Int32Array(size).fill(-1),
    ...formerHomes(arrivals.origin, ranks, experts),
  };
  for (let slot = 0; slot < size; slot++) noteSlot(anneal, slot);
  for (let expert = 0; expert < experts; expert++) noteUnits(anneal, expert);
  return anneal;
}

export function setCeilings(anneal: PlanesAnneal, ceilings: Float64Array): void {
  anneal.ceilings.set(ceilings);
  for (let rank = 0; rank < anneal.state.layer.ranks; rank++) noteExcess(anneal, rank);
}

/** Brings everything up to date after the move at hand has been applied. */
export function noteMoved(anneal: PlanesAnneal): void {
  const { state, move } = anneal;
  noteMove(anneal.arrivals, move);
  for (let i = 0; i < state.touchedCount; i++) noteExcess(anneal, state.touched[i]!);
  clearTouched(state);
  for (let i = 0; i < move.slots; i++) noteSlot(anneal, move.slot[i]!);
  for (let i = 0; i < move.size; i++) noteUnits(anneal, move.expert[i]!);
}

function formerHomes(origin: Uint8Array, ranks: number, experts: number): Pick<PlanesAnneal, 'before' | 'homes'> {
  const before = Array.from({ length: ranks }, () => [] as number[]);
  const homes = Array.from({ length: experts }, () => [] as number[]);
  for (let at = 0; at < origin.length; at++) {
    if (origin[at] === 0) continue;
    before[(at / experts) | 0]!.push(at % experts);
    homes[at % experts]!.push((at / experts) | 0);
  }
  return { before: before.map((list) => Int32Array.from(list)), homes: homes.map((list) => Int32Array.from(list)) };
}

function noteSlot(anneal: PlanesAnneal, slot: number): void {
  const { state, arrivalSlots, arrivalAt } = anneal;
  const { planes, slotExpert, layer } = state;
  const expert = slotExpert[slot]!;
  const has = isArrival(anneal.arrivals, anneal.rankAt[slot]!, expert);
  anneal.newAt[slot] = has ? 1 : 0;
  if (expert === layer.experts) anneal.unitAt.fill(0, slot * planes, (slot + 1) * planes);
  const at = arrivalAt[slot]!;
  if (has && at < 0) {
    arrivalAt[slot] = anneal.arrived;
    arrivalSlots[anneal.arrived++] = slot;
  } else if (!has && at >= 0) {
    const last = arrivalSlots[--anneal.arrived]!;
    arrivalSlots[at] = last;
    arrivalAt[last] = at;
    arrivalAt[slot] = -1;
  }
}

/** The loads of all copies of an expert. */
function noteUnits(anneal: PlanesAnneal, expert: number): void {
  const { state, unitAt } = anneal;
  const { layer, holders, sources, counts, planes, uniformPlanes, weight, slotExpert } = state;
  if (expert === layer.experts) return;
  const first = expert * layer.ranks;
  for (let copy = first; copy < first + counts[expert]!; copy++) {
    let slot = holders[copy]! * layer.slots;
    while (slotExpert[slot] !== expert) slot++;
    for (let plane = 0; plane < planes; plane++) {
      const share = plane < uniformPlanes ? 1 / counts[expert]! : sources[copy]! / layer.ranks;
      unitAt[slot * planes + plane] = weight[expert * planes + plane]! * share;
    }
  }
}

function noteExcess(anneal: PlanesAnneal, rank: number): void {
  const { state, ceilings } = anneal;
  const { planes, heights } = state;
  let sum = 0;
  for (let plane = 0; plane < planes; plane++) {
    const above = heights[rank * planes + plane]! - ceilings[plane]!;
    if (above > 0) sum += above;
  }
  anneal.excess[rank] = sum;
}
