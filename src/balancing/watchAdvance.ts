import type { SwapAnswer } from '../engines/liveSwap.ts';
import { layerSlots, type Placement } from '../placement/index.ts';
import type { Asked, Episode, InstanceState } from './watchState.ts';
import type { WindowRead } from './watchWindow.ts';

/** What came to be known of an instance, in the order of its happening. */
export type WatchEvent =
  /** Another start of the engine than the one known; `epoch` null: it can't swap. */
  | { readonly kind: 'started'; readonly stamp: string; readonly serving: Placement; readonly epoch: number | null }
  | { readonly kind: 'answered'; readonly answer: SwapAnswer }
  | { readonly kind: 'window'; readonly step: number; readonly read: WindowRead }
  /** The map in force. */
  | { readonly kind: 'map'; readonly epoch: number; readonly placement: Placement }
  /** All that was to be seen was told; `isSent`: what was asked for has been on its way since before. */
  | { readonly kind: 'seen'; readonly isSent: boolean };

/** What is worth telling; nothing of it is needed to go on. */
export type WatchNote =
  | { readonly kind: 'started'; readonly stamp: string; readonly canSwap: boolean; readonly again: boolean }
  | { readonly kind: 'swapped'; readonly epoch: number; readonly fromStep: number; readonly movedExperts: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unanswered'; readonly windows: number }
  /** The engine was restarted before it answered. */
  | { readonly kind: 'dropped' }
  /** The map changed, and not by us. */
  | { readonly kind: 'foreign-map'; readonly epoch: number }
  | { readonly kind: 'damaged'; readonly step: number; readonly message: string }
  | {
      readonly kind: 'measured';
      readonly before: number | null;
      readonly predicted: number | null;
      readonly after: number;
    };

export interface AdvanceRules {
  /** episodes of the sliding window */
  readonly episodes: number;
  /** windows with load that a layer rests after a move */
  readonly cooldown: number;
}

/** Windows that may close without an answer before the engine is taken for one that does not listen. */
const PATIENCE = 3;

/** The state after one event. Pure: the same states and events give the same ones, whenever the controller was killed between. */
export function advance(
  state: InstanceState,
  event: WatchEvent,
  rules: AdvanceRules,
): { readonly state: InstanceState; readonly notes: readonly WatchNote[] } {
  switch (event.kind) {
    case 'started':
      return started(state, event);
    case 'answered':
      return answered(state, event.answer, rules);
    case 'window':
      return closed(state, event.step, event.read, rules);
    case 'map':
      return inForce(state, event.epoch, event.placement);
    case 'seen':
      return seen(state, event.isSent);
  }
}

type Advanced = ReturnType<typeof advance>;

function started(state: InstanceState, event: Extract<WatchEvent, { kind: 'started' }>): Advanced {
  const { stamp, serving, epoch } = event;
  const fits = (one: Placement | null) =>
    one !== null && one.layers === serving.layers && one.experts === serving.experts;
  const sameSlots = fits(state.wanted) && state.wanted!.slotExpert.length === serving.slotExpert.length;
  const again = state.stamp !== null;
  const wanted = sameSlots && state.wanted!.ranks === serving.ranks ? state.wanted : null;
  return {
    state: {
      ...state,
      stamp,
      step: 0,
      serving,
      epoch,
      wanted,
      // the traffic is the same, whatever serves it
      episodes: fits(state.serving) ? state.episodes : [],
      restsUntil: new Int32Array(serving.layers),
      asked: null,
      isDeaf: false,
      restore: wanted !== null && epoch !== null,
      unmeasuredFrom: null,
    },
    notes: [
      ...(state.asked === null ? [] : [{ kind: 'dropped' as const }]),
      { kind: 'started', stamp, canSwap: epoch !== null, again },
    ],
  };
}

function answered(state: InstanceState, answer: SwapAnswer, rules: AdvanceRules): Advanced {
  const { asked, serving } = state;
  if (asked === null || serving === null || answer.id !== asked.id) return { state, notes: [] };
  const done = rested({ ...state, asked: null, isDeaf: false }, asked, rules);
  if (answer.state === 'refused') {
    return { state: counted(done, 'refused'), notes: [{ kind: 'refused', reason: answer.reason }] };
  }
  const { epoch, fromStep } = answer;
  const { movedExperts } = asked;
  const wanted = withLayers(serving, asked.layers);
  const { parBefore: before, parPredicted: predicted } = asked;
  const swapped: InstanceState = {
    ...counted(done, 'applied'),
    serving: wanted,
    wanted,
    epoch,
    unmeasuredFrom: fromStep,
    par: { ...state.par, before, predicted },
  };
  const tally = { ...swapped.tally, moves: swapped.tally.moves + movedExperts };
  return { state: { ...swapped, tally }, notes: [{ kind: 'swapped', epoch, fromStep, movedExperts }] };
}

function closed(state: InstanceState, step: number, read: WindowRead, { episodes }: AdvanceRules): Advanced {
  const next: InstanceState = { ...state, step: Math.max(state.step, step), closed: state.closed + 1 };
  if (read.kind === 'idle') return { state: next, notes: [] };
  if (read.kind === 'damaged') return { state: next, notes: [{ kind: 'damaged', step, message: read.message }] };
  const { tokens, par } = read;
  const episode: Episode = { stamp: state.stamp ?? '', step, tokens, par };
  const measured = state.unmeasuredFrom !== null && step >= state.unmeasuredFrom;
  const { before, predicted } = state.par;
  return {
    state: {
      ...next,
      loaded: state.loaded + 1,
      episodes: [...state.episodes, episode].slice(-episodes),
      par: { before, predicted, after: par },
      unmeasuredFrom: measured ? null : state.unmeasuredFrom,
    },
    notes: measured ? [{ kind: 'measured', before, predicted, after: par }] : [],
  };
}

/** What the engine says is so; where we did not bring it about, somebody else did. */
function inForce(state: InstanceState, epoch: number, placement: Placement): Advanced {
  const ours = epoch === state.epoch;
  return {
    state: { ...state, serving: placement, epoch, isDeaf: false },
    notes: ours ? [] : [{ kind: 'foreign-map', epoch }],
  };
}

function seen(state: InstanceState, isSent: boolean): Advanced {
  const { asked } = state;
  if (asked === null || !isSent || state.isDeaf) return { state, notes: [] };
  // windows seen with it may have closed before it came to the engine
  if (asked.atWindow === null) return { state: { ...state, asked: { ...asked, atWindow: state.closed } }, notes: [] };
  if (state.closed - asked.atWindow < PATIENCE) return { state, notes: [] };
  const notes = [{ kind: 'unanswered' as const, windows: PATIENCE }];
  return { state: counted({ ...state, isDeaf: true }, 'unanswered'), notes };
}

function rested(state: InstanceState, { layers }: Asked, { cooldown }: AdvanceRules): InstanceState {
  const restsUntil = state.restsUntil.slice();
  for (const { layer } of layers) restsUntil[layer] = state.loaded + cooldown;
  return { ...state, restsUntil };
}

function counted(state: InstanceState, how: 'applied' | 'refused' | 'unanswered'): InstanceState {
  const { tally } = state;
  return { ...state, tally: { ...tally, swaps: { ...tally.swaps, [how]: tally.swaps[how] + 1 } } };
}

/** A copy with some layers' slots replaced. */
function withLayers(placement: Placement, layers: Asked['layers']): Placement {
  const next = { ...placement, slotExpert: placement.slotExpert.slice() };
  for (const { layer, slots } of layers) layerSlots(next, layer).set(slots);
  return next;
}
