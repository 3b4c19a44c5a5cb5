import { drawAcceptedCost } from './acceptedCost.ts';
import { noteMoved, type PlanesAnneal, setCeilings } from './annealPlanesState.ts';
import { arrivalsAdded } from './arrivals.ts';
import { applyMove, planDisplace, planReplace, planSwap, undoMove } from './moves.ts';
import { refreshHeights } from './shareState.ts';
import { isTimeUp } from './timeLimit.ts';

/** steps in which the price rises; 2^5, so that five square roots divide the rise */
const STAGES = 32;
/** What planning and carrying out a change costs beside looking at one load. */
const SCAN = 10;
/** looks that planning and carrying out a change cost */
const TRY = 20;
/** replacements tried in one proposal */
const REPLACEMENTS = 4;
/** ranks drawn to find a hot one */
const DRAWS = 4;
/** An arrival more than a rank may have is as bad as so many mean rank loads above the ceiling. */
const OVER_BUDGET = 1;

/**
 * Simulated annealing of arrivals plus a price on load above each plane's ceiling, as `annealMoves` does it for one
 * load under uniform split, but over any planes and with a limit of arrivals per rank.
 */
export function annealPlanes(anneal: PlanesAnneal, { ceilings, firstPrice, lastPrice, looks }: AnnealRequest): void {
  setCeilings(anneal, ceilings);
  const rise = stageRise(firstPrice, lastPrice);
  anneal.price = firstPrice;
  anneal.spent = 0;
  let proposals = 0;
  for (let stage = 1; stage <= STAGES; stage++) {
    for (; anneal.spent * STAGES < looks * stage && proposals < looks; proposals++) {
      if (isTimeUp(anneal.state.layer, proposals)) break;
      proposeChange(anneal);
    }
    anneal.price = Math.min(lastPrice, anneal.price * rise);
  }
  refreshHeights(anneal.state);
}

export interface AnnealRequest {
  /** [plane] */
  readonly ceilings: Float64Array;
  /** arrivals per mean rank load above a ceiling, at first and in the end */
  readonly firstPrice: number;
  readonly lastPrice: number;
  /** how much work may be done, in loads looked at; also the most changes proposed, as those to a rank without former experts are free */
  readonly looks: number;
}

/** To the last price in 32 stages, by square roots only: Math.pow may differ between machines. */
function stageRise(first: number, last: number): number {
  return Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(last / first)))));
}

/** Mostly arrivals that may go home: there are only some places for each, and every success saves a move. */
function proposeChange(anneal: PlanesAnneal): void {
  const { random, slots, state } = anneal;
  const kind = random.below(36);
  const any = random.below(slots.length);
  const arrival = anneal.arrived === 0 ? any : anneal.arrivalSlots[random.below(anneal.arrived)]!;
  if (kind < 5) scanSwaps(anneal, arrival, anneal.arrivalSlots, 0, anneal.arrived);
  else if (kind < 6) scanSwaps(anneal, random.below(2) === 0 ? arrival : any, slots, 0, slots.length);
  else if (kind < 26) scanHome(anneal, arrival);
  else if (state.keepsCounts) anneal.spent++;
  else if (kind < 27)
    for (let i = 0; i < REPLACEMENTS; i++) tryReplace(anneal, i % 2 === 0 ? arrival : any, hotExpert(anneal));
  else if (kind < 35) for (let i = 0; i < REPLACEMENTS; i++) tryFormer(anneal, random.below(slots.length));
  else tryDisplace(anneal, arrival, any);
}

/** An arrival goes back to a rank that held it, in exchange for any of its experts. */
function scanHome(anneal: PlanesAnneal, arrival: number): void {
  const { state, random, slots } = anneal;
  const expert = state.slotExpert[arrival]!;
  anneal.spent++;
  if (expert === state.layer.experts) return;
  const homes = anneal.homes[expert]!;
  if (homes.length === 0) return;
  const first = homes[random.below(homes.length)]! * state.layer.slots;
  scanSwaps(anneal, arrival, slots, first, first + state.layer.slots);
}

/** Looks through the slots of `list` in [first, end), from a random one on, for the first that may change places with `slotA`. */
function scanSwaps(anneal: PlanesAnneal, slotA: number, list: Int32Array, first: number, end: number): void {
  anneal.spent += SCAN;
  if (first === end) return;
  anneal.accepted = drawAcceptedCost(anneal.random);
  const middle = first + anneal.random.below(end - first);
  if (!scanPart(anneal, slotA, list, middle, end)) scanPart(anneal, slotA, list, first, middle);
}

function scanPart(anneal: PlanesAnneal, slotA: number, list: Int32Array, first: number, end: number): boolean {
  const { state, price, accepted, ceilings, newAt, rankAt, unitAt, excess, move, arrivals, perRank } = anneal;
  const { layer, slotExpert, held, heights, planes, uniformPlanes, counts } = state;
  const { origin, onRank } = arrivals;
  const { experts, slowness } = layer;
  const a = slotExpert[slotA]!;
  const rankA = rankAt[slotA]!;
  const slowA = slowness[rankA]!;
  const sharesStay = uniformPlanes === planes;
  let looks = 0;
  for (let i = first; i < end; i++) {
    const slotB = list[i]!;
    const rankB = rankAt[slotB]!;
    looks++;
    if (rankA === rankB) continue;
    const b = slotExpert[slotB]!;
    const toA = (b === experts ? 0 : 1 - origin[rankA * experts + b]!) - newAt[slotA]!;
    const toB = (a === experts ? 0 : 1 - origin[rankB * experts + a]!) - newAt[slotB]!;
    // what the load above the ceilings of both ranks may be afterwards
    let room = (accepted - toA - toB) / price + excess[rankA]! + excess[rankB]!;
    if (onRank[rankA]! + (toA > 0 ? 1 : 0) > perRank) room -= toA * OVER_BUDGET;
    if (onRank[rankB]! + (toB > 0 ? 1 : 0) > perRank) room -= toB * OVER_BUDGET;
    if (room <= 0) continue;
    if (a === b || held[rankB * (experts + 1) + a] === 1 || held[rankA * (experts + 1) + b] === 1) continue;
    const slowB = slowness[rankB]!;
    let plane = 0;
    for (; plane < planes; plane++) {
      const moved = unitAt[slotA * planes + plane]! - unitAt[slotB * planes + plane]!;
      const aboveA = heights[rankA * planes + plane]! - moved * slowA - ceilings[plane]!;
      const aboveB = heights[rankB * planes + plane]! + moved * slowB - ceilings[plane]!;
      if (aboveA > 0) room -= aboveA;
      if (aboveB > 0) room -= aboveB;
      if (room <= 0) break;
    }
    looks += plane;
    if (plane < planes || !planSwap(state, slotA, slotB, move)) continue;
    if (sharesStay || (counts[a]! <= 1 && counts[b]! <= 1)) {
      applyMove(state, move);
      noteMoved(anneal);
      anneal.spent += looks;
      return true;
    }
    // under affine routing the shares may turn out otherwise
    looks += TRY * planes;
    if (!carryOut(anneal, accepted)) continue;
    anneal.spent += looks;
    return true;
  }
  anneal.spent += looks;
  return false;
}

/** An expert that the rank held before comes back, as a further copy, for one that has copies to spare. */
function tryFormer(anneal: PlanesAnneal, slot: number): void {
  const former = anneal.before[anneal.rankAt[slot]!]!;
  if (former.length > 0) tryReplace(anneal, slot, former[anneal.random.below(former.length)]!);
}

function tryReplace(anneal: PlanesAnneal, slot: number, coming: number): void {
  const { state } = anneal;
  anneal.spent += 2;
  if (coming === state.layer.experts || !planReplace(state, slot, coming, anneal.move)) return;
  anneal.spent += TRY * state.planes;
  carryOut(anneal, drawAcceptedCost(anneal.random));
}

/** The expert in `slot` makes place for one that its rank held before, and takes the place of a spare copy. */
function tryDisplace(anneal: PlanesAnneal, slot: number, spare: number): void {
  const { state, random } = anneal;
  const former = anneal.before[anneal.rankAt[slot]!]!;
  const coming =
    former.length > 0 && random.below(2) === 0
      ? former[random.below(former.length)]!
      : random.below(state.layer.experts);
  anneal.spent += 2;
  if (!planDisplace(state, slot, spare, coming, anneal.move)) return;
  anneal.spent += TRY * state.planes;
  carryOut(anneal, drawAcceptedCost(anneal.random));
}

/** Any expert of the highest of a few ranks. */
function hotExpert(anneal: PlanesAnneal): number {
  const { random, excess, state } = anneal;
  const { ranks, slots } = state.layer;
  let hot = random.below(ranks);
  for (let draw = 1; draw < DRAWS; draw++) {
    const rank = random.below(ranks);
    if (excess[rank]! > excess[hot]!) hot = rank;
  }
  return state.slotExpert[hot * slots + random.below(slots)]!;
}

/** Carries the planned move out, and back again where it costs more than is `accepted`. */
function carryOut(anneal: PlanesAnneal, accepted: number): boolean {
  const { state, move, price, ceilings, excess, arrivals, perRank } = anneal;
  let room = (accepted - arrivalsAdded(arrivals, move)) / price;
  if (perRank <= arrivals.total) room -= OVER_BUDGET * brokenBudgets(anneal);
  applyMove(state, move);
  const { planes, heights, touched, touchedCount } = state;
  for (let i = 0; i < touchedCount; i++) room += excess[touched[i]!]!;
  for (let i = 0; i < touchedCount && room > 0; i++) {
    const at = touched[i]! * planes;
    for (let plane = 0; plane < planes; plane++) {
      const above = heights[at + plane]! - ceilings[plane]!;
      if (above > 0) room -= above;
    }
  }
  if (room > 0) noteMoved(anneal);
  else undoMove(state, move);
  return room > 0;
}

/** By how many arrivals more the budgets of ranks would be broken. */
function brokenBudgets(anneal: PlanesAnneal): number {
  const { move, arrivals, perRank } = anneal;
  const { origin, onRank, experts } = arrivals;
  let broken = 0;
  for (let i = 0; i < move.size; i++) {
    const expert = move.expert[i]!;
    if (expert === experts) continue;
    const to = move.to[i]!;
    const from = move.from[i]!;
    if (to >= 0 && origin[to * experts + expert] === 0 && onRank[to]! >= perRank) broken++;
    if (from >= 0 && origin[from * experts + expert] === 0 && onRank[from]! > perRank) broken--;
  }
  return broken;
}
