import { exchangeSlots, holdsExpert, type LayerState, mayArrive, numArrivals, put, riseOf } from './recoverState.ts';

/** The coolest ranks are looked at for another copy. */
export const COOLEST = 16;

/** One step for the hottest rank; false: none helps. */
export function lowerHottest(state: LayerState): boolean {
  const { alive, load } = state;
  const hottest = alive.reduce((a, b) => (load[b]! > load[a]! ? b : a));
  const search: Search = { hottest, steepest: -1e-9 * load[hottest]! ** 2, best: undefined };
  const rising = alive.toSorted((a, b) => load[a]! - load[b]! || a - b);
  for (const [i, rank] of rising.entries()) {
    if (rank === hottest) continue;
    if (i < COOLEST) considerCopies(state, search, rank);
    considerExchanges(state, search, rank);
  }
  considerLighter(state, search);
  if (search.best === undefined) return false;
  const { from, to, expert } = search.best;
  if (from < 0) put(state, to, expert);
  else exchangeSlots(state, from, to);
  return true;
}

interface Step {
  /** slot of the hottest rank that is exchanged with `to`; -1: `expert` is put into `to` */
  readonly from: number;
  readonly to: number;
  readonly expert: number;
}

interface Search {
  readonly hottest: number;
  /** change of the sum of squares per move, of the best step so far */
  steepest: number;
  best: Step | undefined;
}

function considerStep(search: Search, fall: number, moves: number, step: Step): void {
  if (fall / moves >= search.steepest) return;
  search.steepest = fall / moves;
  search.best = step;
}

/** Another copy of what the hottest rank holds. */
function considerCopies(state: LayerState, search: Search, rank: number): void {
  const { slots, width, counts, load } = state;
  const { tokens } = state.problem;
  const first = search.hottest * width;
  for (let to = rank * width; to < (rank + 1) * width; to++) {
    const gone = slots[to]!;
    if (gone >= 0 && counts[gone]! < 2) continue;
    const left = load[rank]! - (gone < 0 ? 0 : tokens[gone]! / counts[gone]!);
    for (let from = first; from < first + width; from++) {
      const own = slots[from]!;
      if (own < 0 || left + tokens[own]! / (counts[own]! + 1) >= load[search.hottest]!) continue;
      if (holdsExpert(state, rank, own) || !mayArrive(state, rank, own)) continue;
      considerStep(search, riseOf(state, to, own), numArrivals(state, rank, own), { from: -1, to, expert: own });
    }
  }
}

/** What the hottest rank holds against something lighter: no number of copies changes. */
function considerExchanges(state: LayerState, search: Search, rank: number): void {
  const { slots, width, counts, load } = state;
  const { tokens } = state.problem;
  const { hottest } = search;
  const gap = load[hottest]! - load[rank]!;
  for (let from = hottest * width; from < (hottest + 1) * width; from++) {
    const own = slots[from]!;
    if (own < 0) continue;
    const share = tokens[own]! / counts[own]!;
    for (let to = rank * width; to < (rank + 1) * width; to++) {
      const other = slots[to]!;
      if (other < 0) continue;
      const change = tokens[other]! / counts[other]! - share;
      if (change >= 0 || -change >= gap) continue;
      if (holdsExpert(state, rank, own) || holdsExpert(state, hottest, other)) continue;
      if (!mayArrive(state, rank, own) || !mayArrive(state, hottest, other)) continue;
      const moves = numArrivals(state, rank, own) + numArrivals(state, hottest, other);
      considerStep(search, 2 * change * gap + 2 * change * change, moves, { from, to, expert: own });
    }
  }
}

/** The lightest expert in place of a copy that the hottest rank can do without. */
function considerLighter(state: LayerState, search: Search): void {
  const { slots, width, counts, experts } = state;
  const { tokens } = state.problem;
  const { hottest } = search;
  let lightest = -1;
  for (let expert = 0; expert < experts; expert++) {
    if (holdsExpert(state, hottest, expert) || !mayArrive(state, hottest, expert)) continue;
    const share = tokens[expert]! / (counts[expert]! + 1);
    if (lightest < 0 || share < tokens[lightest]! / (counts[lightest]! + 1)) lightest = expert;
  }
  if (lightest < 0) return;
  for (let to = hottest * width; to < (hottest + 1) * width; to++) {
    const gone = slots[to]!;
    if (gone < 0 || counts[gone]! < 2) continue;
    considerStep(search, riseOf(state, to, lightest), numArrivals(state, hottest, lightest), {
      from: -1,
      to,
      expert: lightest,
    });
  }
}
