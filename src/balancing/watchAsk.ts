import type { BalanceRecord } from './record.ts';
import type { Reason, WatchDecision } from './watchDecide.ts';
import type { Asked, InstanceState } from './watchState.ts';

const MOVED: ReadonlySet<Reason> = new Set(['gain', 'restored']);

/** The state once a decision was taken; with moves, the swap to ask the engine for stands in it under `id`. */
export function withDecision(state: InstanceState, decision: WatchDecision, id: string): InstanceState {
  const asked = decision.moves.length === 0 ? state.asked : askedFor(state, decision, id);
  const { locked = 0, too_few_windows: few = 0, swap_pending: pending = 0 } = decision.layers;
  const postponed = locked + few + pending > 0;
  return { ...state, asked, restore: state.restore && postponed, tally: tallied(state, decision) };
}

/** The state once a change was rolled out by restarts. */
export function withRollOut(state: InstanceState, record: BalanceRecord): InstanceState {
  const { parBefore: before, parPredicted: predicted, parAfter, movedExperts } = record;
  const after = parAfter ?? state.par.after;
  const { tally } = state;
  return { ...state, par: { before, predicted, after }, tally: { ...tally, moves: tally.moves + (movedExperts ?? 0) } };
}

function askedFor(state: InstanceState, decision: WatchDecision, id: string): Asked {
  return {
    id,
    baseEpoch: state.epoch ?? 0,
    layers: decision.moves.map(({ layer, slots }) => ({ layer, slots })),
    atWindow: null,
    movedExperts: decision.movedExperts,
    parBefore: state.par.after ?? decision.par ?? 1,
    parPredicted: decision.parPredicted ?? 1,
  };
}

function tallied({ tally }: InstanceState, { layers }: WatchDecision): InstanceState['tally'] {
  const decisions = { ...tally.decisions };
  for (const [reason, count] of Object.entries(layers)) {
    const key = `${MOVED.has(reason as Reason) ? 'moved' : 'kept'}/${reason}`;
    decisions[key] = (decisions[key] ?? 0) + count;
  }
  return { ...tally, decisions };
}
