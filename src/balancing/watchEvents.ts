import type { LiveMap, SwapAnswer } from '../engines/liveSwap.ts';
import type { Placement, WindowCodec } from '../placement/index.ts';
import type { WatchEvent } from './watchAdvance.ts';
import type { InstanceState } from './watchState.ts';
import { readWindow } from './watchWindow.ts';

/** What a look at an instance brought, and what its windows are to be read by. */
export interface Seen {
  readonly stamp: string;
  readonly windows: readonly { readonly step: number; readonly content: Uint8Array }[];
  readonly codec: Pick<WindowCodec, 'parse'>;
  /** of this start, in order */
  readonly maps: readonly LiveMap[];
  readonly answer: SwapAnswer | null;
  /** what an engine without maps serves; matters where its start is a new one */
  readonly pattern: Placement | null;
  /** The newest window may still be written to. */
  readonly isFresh: boolean;
  /** What is asked for was sent before this look. */
  readonly isSent: boolean;
}

/** Seen things as events, in the order of their happening. Empty: what serves is not known, and nothing can be said. */
export function eventsOf(state: InstanceState, seen: Seen): readonly WatchEvent[] {
  const { stamp, maps, answer } = seen;
  const events: WatchEvent[] = [];
  const isNew = stamp !== state.stamp;
  const newest = maps.at(-1);
  const first = newest?.placement ?? seen.pattern;
  if (isNew) {
    if (first === null) return [];
    events.push({ kind: 'started', stamp, serving: first, epoch: newest?.epoch ?? null });
  } else if (answer !== null) events.push({ kind: 'answered', answer });
  const before = isNew ? first : state.serving;
  if (before === null) return events;
  for (const [i, { step, content }] of seen.windows.entries()) {
    const read = readWindow(content, underOf(step, maps, before), seen.codec);
    // a window that is being written is taken once it is whole
    if (read.kind === 'damaged' && seen.isFresh && i === seen.windows.length - 1) break;
    events.push({ kind: 'window', step, read });
  }
  if (!isNew && newest !== undefined && newest.epoch > knownEpoch(state, answer))
    events.push({ kind: 'map', epoch: newest.epoch, placement: newest.placement });
  return [...events, { kind: 'seen', isSent: seen.isSent }];
}

/** A map that was asked for is on disk before the answer is: it counts once that has come. */
function knownEpoch({ asked, epoch }: InstanceState, answer: SwapAnswer | null): number {
  if (asked === null) return epoch ?? -1;
  if (answer?.id !== asked.id) return asked.baseEpoch + 1;
  return answer.state === 'applied' ? answer.epoch : (epoch ?? -1);
}

/** What a window was recorded under: the last map from before it, else what was known to serve. */
function underOf(step: number, maps: readonly LiveMap[], before: Placement): Placement {
  return maps.findLast(({ fromStep }) => fromStep <= step)?.placement ?? before;
}
