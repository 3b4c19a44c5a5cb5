import { Random } from '../random.ts';
import { assignToHosts } from './hostCover.ts';
import { addExpert, holdersOf, measureTraffic, type TokenSums, type Traffic, type TrafficLayer } from './traffic.ts';

/** starts that are searched on */
const SEARCHED = 2;
/** Of the excess: cheap at first, so that the search may pass through it, dear at last, so that none is left. */
const FIRST_PRICE = 0.3;
const LAST_PRICE = 40;
/** score that a move may cost at the beginning; it falls to 0 */
const WARM = 2e-3;

export interface LocaliseOptions {
  readonly slotsPerRank: number;
  /** PAR that the placement may have; of what stays below it, the one that keeps most tokens at home is taken */
  readonly parLimit: number;
  /** what a token that leaves its supernode costs beside one that leaves its host */
  readonly supernodeWeight: number;
  readonly seed: number;
  /** moves tried; a million by default, some 2 s at 64 ranks */
  readonly moves?: number | undefined;
  /** other placements to start from, [rank][slot]; the best start is searched on */
  readonly starts?: readonly Int32Array[] | undefined;
}

export interface Localised {
  /** [rank][slot] */
  readonly slots: Int32Array;
  readonly traffic: Traffic;
  /** no placement sends fewer tokens to other hosts, whatever its PAR; null where routing ignores hosts */
  readonly leastAcrossHosts: number | null;
}

/** Places one layer so that few tokens leave their host, at no more than the PAR allowed. */
export function localise(layer: TrafficLayer, options: LocaliseOptions): Localised {
  const { experts, ranks, ranksPerHost } = layer;
  const { slotsPerRank, starts = [], moves = 1_000_000 } = options;
  const hosts = Math.ceil(ranks / ranksPerHost);
  const cover = assignToHosts(hostTokens(layer, hosts), hosts, experts, Math.min(experts, ranksPerHost * slotsPerRank));
  const spread = spreadOnHosts(layer, cover.held, slotsPerRank);
  const all = [spread, ...starts.map((slots) => filled(layer, withoutDuplicates(slots, ranks), options))];
  const scored = all.map((slots) => ({ slots, score: scoreOf(measureTraffic(layer, slots), options) }));
  scored.sort((a, b) => a.score - b.score);
  let best = scored[0]!;
  for (const { slots } of scored.slice(0, SEARCHED)) {
    const found = search(layer, slots, options, Math.round(moves / Math.min(SEARCHED, scored.length)));
    if (found.score < best.score) best = found;
  }
  const total = layer.sources.reduce((a, b) => a + b, 0);
  return {
    slots: best.slots,
    traffic: measureTraffic(layer, best.slots),
    leastAcrossHosts: layer.routing === 'affine' ? total - cover.kept : null,
  };
}

/** Share of tokens that leave. */
function leavingOf({ acrossHosts, acrossSupernodes }: Crossing, tokens: number, weight: number): number {
  return (acrossHosts + weight * acrossSupernodes) / tokens;
}

type Crossing = Pick<Traffic, 'acrossHosts' | 'acrossSupernodes'>;

/** What ranks have beyond the limit, in mean rank loads: each of them counts, not the peak alone. */
function excessOf(rankTokens: Float64Array, tokens: number, parLimit: number): number {
  const mean = tokens / rankTokens.length;
  const limit = mean * parLimit * (1 + 1e-12);
  let excess = 0;
  for (let rank = 0; rank < rankTokens.length; rank++) {
    if (rankTokens[rank]! > limit) excess += rankTokens[rank]! - limit;
  }
  return excess / mean;
}

function scoreOf(traffic: Traffic, { supernodeWeight, parLimit }: LocaliseOptions): number {
  const { rankTokens, tokens } = traffic;
  if (tokens === 0) return 0;
  return leavingOf(traffic, tokens, supernodeWeight) + LAST_PRICE * excessOf(rankTokens, tokens, parLimit);
}

/** Annealing counts holders, not slots: a second copy on a rank is an empty slot. */
function withoutDuplicates(slots: Int32Array, ranks: number): Int32Array {
  const result = slots.slice();
  const width = slots.length / ranks;
  for (let slot = 0; slot < slots.length; slot++) {
    const first = slot - (slot % width);
    if (slots.subarray(first, slot).includes(slots[slot]!)) result[slot] = -1;
  }
  return result;
}

/** Each empty slot gets the expert that serves best there; the search never empties one. */
function filled(layer: TrafficLayer, slots: Int32Array, options: LocaliseOptions): Int32Array {
  for (let slot = 0; slot < slots.length; slot++) {
    if (slots[slot]! >= 0) continue;
    const first = slot - (slot % options.slotsPerRank);
    const held = new Set(slots.subarray(first, first + options.slotsPerRank));
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let expert = 0; expert < layer.experts; expert++) {
      if (held.has(expert)) continue;
      slots[slot] = expert;
      const score = scoreOf(measureTraffic(layer, slots), options);
      if (score >= least) continue;
      least = score;
      best = expert;
    }
    slots[slot] = best;
  }
  return slots;
}

function hostTokens({ sources, experts, ranks, ranksPerHost }: TrafficLayer, hosts: number): Float64Array {
  const tokens = new Float64Array(hosts * experts);
  for (let rank = 0; rank < ranks; rank++) {
    const host = Math.floor(rank / ranksPerHost);
    for (let expert = 0; expert < experts; expert++)
      tokens[host * experts + expert]! += sources[rank * experts + expert]!;
  }
  return tokens;
}

/** Each host's experts to its ranks, heaviest first to the lightest rank with room. */
function spreadOnHosts(layer: TrafficLayer, held: readonly ReadonlySet<number>[], slotsPerRank: number): Int32Array {
  const { ranks, ranksPerHost, experts, sources } = layer;
  const slots = new Int32Array(ranks * slotsPerRank).fill(-1);
  const total = new Float64Array(experts);
  for (let i = 0; i < sources.length; i++) total[i % experts]! += sources[i]!;
  const copies = new Int32Array(experts);
  for (const set of held) for (const expert of set) copies[expert]! += 1;
  for (const [host, set] of held.entries()) {
    const first = host * ranksPerHost;
    const past = Math.min(ranks, first + ranksPerHost);
    const load = new Float64Array(past - first);
    const filled = new Int32Array(past - first);
    const unit = (expert: number) => total[expert]! / copies[expert]!;
    for (const expert of [...set].sort((a, b) => unit(b) - unit(a) || a - b)) {
      let lightest = -1;
      for (let i = 0; i < load.length; i++) {
        if (filled[i]! < slotsPerRank && (lightest < 0 || load[i]! < load[lightest]!)) lightest = i;
      }
      if (lightest < 0) break;
      slots[(first + lightest) * slotsPerRank + filled[lightest]!] = expert;
      filled[lightest]! += 1;
      load[lightest]! += unit(expert);
    }
  }
  return slots;
}

/** Annealing over swaps of two slots and over handing a spare copy's slot to another expert. */
function search(layer: TrafficLayer, start: Int32Array, options: LocaliseOptions, moves: number) {
  const { experts, ranks } = layer;
  const random = new Random(options.seed);
  const slots = start.slice();
  const holders = holdersOf(slots, experts, ranks);
  const rankTokens = new Float64Array(ranks);
  const before = new Float64Array(ranks); // to go back to: cheaper than undoing, and free of rounding
  const out: TokenSums = { rankTokens, acrossHosts: 0, acrossSupernodes: 0 };
  const state: SearchState = { layer, slots, width: options.slotsPerRank, holders, out };
  for (let expert = 0; expert < experts; expert++) addExpert(layer, expert, holders[expert]!, 1, out);
  const tokens = rankTokens.reduce((a, b) => a + b, 0);
  const { supernodeWeight, parLimit } = options;
  if (tokens === 0) return { slots, score: 0 };
  let leaving = leavingOf(out, tokens, supernodeWeight);
  let excess = excessOf(rankTokens, tokens, parLimit);
  let best = { slots: slots.slice(), score: leaving + LAST_PRICE * excess };
  const change: Change = { from: 0, to: 0, gone: 0, come: 0 };
  for (let move = 0; move < moves; move++) {
    const temperature = WARM * (1 - move / moves) ** 2;
    const price = FIRST_PRICE * (LAST_PRICE / FIRST_PRICE) ** (move / moves);
    if (!proposeChange(state, random, change)) continue;
    before.set(rankTokens);
    const { acrossHosts, acrossSupernodes } = out;
    applyChange(state, change, true);
    const nextLeaving = leavingOf(out, tokens, supernodeWeight);
    const nextExcess = excessOf(rankTokens, tokens, parLimit);
    const rise = nextLeaving - leaving + price * (nextExcess - excess);
    if (rise <= 0 || random.uniform() < Math.exp(-rise / temperature)) {
      leaving = nextLeaving;
      excess = nextExcess;
      const score = leaving + LAST_PRICE * excess;
      if (score < best.score - 1e-12) best = { slots: slots.slice(), score };
    } else {
      applyChange(state, { ...change, gone: change.come, come: change.gone }, false);
      rankTokens.set(before);
      out.acrossHosts = acrossHosts;
      out.acrossSupernodes = acrossSupernodes;
    }
  }
  return best;
}

interface SearchState {
  readonly layer: TrafficLayer;
  readonly slots: Int32Array;
  readonly width: number;
  /** [expert] -> ranks, rising */
  readonly holders: number[][];
  readonly out: TokenSums;
}

/** In the slot `from` the expert `gone` gives way to `come`; in `to`, unless it is -1, the other way round. */
interface Change {
  from: number;
  to: number;
  gone: number;
  come: number;
}

/** Returns false where the change drawn is not possible. */
function proposeChange({ layer, slots, width, holders, out }: SearchState, random: Random, change: Change): boolean {
  const from = random.below(slots.length);
  const gone = slots[from]!;
  let to = -1;
  let come: number;
  const kind = random.uniform();
  if (kind < 0.35) to = random.below(slots.length);
  else if (kind < 0.7) {
    // a partner on the same host balances without sending anything away
    const hostFirst = from - (from % (layer.ranksPerHost * width));
    to = hostFirst + random.below(Math.min(slots.length - hostFirst, layer.ranksPerHost * width));
  }
  if (to >= 0) come = slots[to]!;
  else if (kind < 0.85) come = random.below(layer.experts);
  else come = slots[hottest(out.rankTokens) * width + random.below(width)]!; // another copy takes some of its load
  change.from = from;
  change.to = to;
  change.gone = gone;
  change.come = come;
  const rank = Math.floor(from / width);
  const other = to < 0 ? -1 : Math.floor(to / width);
  if (gone === come || rank === other || come < 0 || holders[come]!.includes(rank)) return false;
  return gone < 0 || !(to < 0 ? holders[gone]!.length === 1 : holders[gone]!.includes(other));
}

/** `counts`: in tokens too. */
function applyChange({ layer, slots, width, holders, out }: SearchState, change: Change, counts: boolean): void {
  const { from, to, gone, come } = change;
  const rank = Math.floor(from / width);
  const other = to < 0 ? -1 : Math.floor(to / width);
  for (const [expert, leaves, enters] of [
    [gone, rank, other],
    [come, other, rank],
  ] as const) {
    if (expert < 0) continue;
    const list = holders[expert]!;
    if (counts) addExpert(layer, expert, list, -1, out);
    if (leaves >= 0) list.splice(list.indexOf(leaves), 1);
    if (enters >= 0) insertRising(list, enters);
    if (counts) addExpert(layer, expert, list, 1, out);
  }
  slots[from] = come;
  if (to >= 0) slots[to] = gone;
}

function hottest(rankTokens: Float64Array): number {
  let found = 0;
  for (let rank = 1; rank < rankTokens.length; rank++) if (rankTokens[rank]! > rankTokens[found]!) found = rank;
  return found;
}

function insertRising(list: number[], rank: number): void {
  let at = list.length;
  while (at > 0 && list[at - 1]! > rank) at--;
  list.splice(at, 0, rank);
}
