import { randomBytes } from 'node:crypto';
import { advance, type WatchNote } from '../../../balancing/watchAdvance.ts';
import { withDecision } from '../../../balancing/watchAsk.ts';
import { type DecideRules, heldBack, type WatchDecision } from '../../../balancing/watchDecide.ts';
import { eventsOf } from '../../../balancing/watchEvents.ts';
import type { InstanceRound } from '../../../balancing/watchRound.ts';
import { type InstanceState, NEW_INSTANCE } from '../../../balancing/watchState.ts';
import type { RecordedLoads } from '../../../engines/expertControl.ts';
import type { LiveSwap } from '../../../engines/liveSwap.ts';
import type { Placement } from '../../../placement/index.ts';
import { holderText } from '../../../state/holderText.ts';
import type { OpenHost } from '../../../transport/host.ts';
import { decideApart } from './decideApart.ts';
import type { SeenLeases } from './leases.ts';
import { askToSwap, type Observation, observe } from './observe.ts';

/** An instance that is watched. */
export interface Watched {
  /** `D0` */
  readonly name: string;
  readonly target: string;
  readonly host: string;
  readonly container: string;
  readonly dumpDir: string;
  readonly ranks: number;
  readonly recorded: RecordedLoads;
  /** Undefined: its engine can't swap experts while it serves. */
  readonly live: LiveSwap | undefined;
  readonly rules: DecideRules;
}

/** What a process remembers of an instance beside its state. */
export interface Memory {
  ageSeconds: number | null;
  windowSeconds: number;
  seenMs: number;
  /** the swap that was asked for, and the windows that had closed then */
  asked: string;
}

export interface RoundContext {
  readonly open: OpenHost;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly leases: SeenLeases;
  /** file of the cluster's lease on each host */
  readonly leaseFile: string;
  /** What an engine without maps serves since a start. @throws Error why that is not known */
  readonly patternOf: (watched: Watched, observation: Observation) => Promise<Placement | null>;
  /** Puts the instance's state on disk: before the engine is asked for what stands in it. */
  readonly keep: (name: string, state: InstanceState) => Promise<void>;
}

/** Windows that may be late before it is said that none come. */
const LATE_WINDOWS = 3;
/** Times of files are whole seconds: below this lateness is nothing to speak of. */
const LEAST_LATE_S = 10;
/** A window is written within this. */
const FRESH_S = 5;

export function newMemory(nowMs: number, windowSeconds: number): Memory {
  return { ageSeconds: null, windowSeconds, seenMs: nowMs, asked: '' };
}

/** Looks at one instance, takes in what is new, decides, and asks for what was decided. Never throws but when interrupted. */
export async function watchInstance(
  watched: Watched,
  before: InstanceState | undefined,
  memory: Memory,
  context: RoundContext,
): Promise<InstanceRound> {
  let state = before ?? NEW_INSTANCE;
  const notes: WatchNote[] = [];
  let decision: WatchDecision | null = null;
  let problem: string | null = null;
  let ageSeconds: number | null = null;
  const { closed } = state;
  try {
    const host = await context.open(watched.host, context.signal);
    const { dumpDir, recorded, live, rules } = watched;
    const { stamp, step, epoch } = state;
    const windows = Math.max(rules.episodes, 1);
    const observation = await observe(
      host,
      { dumpDir, stamp, step, epoch, windows, lease: context.leaseFile, recorded, live },
      context.signal,
    );
    remember(memory, observation, context.nowMs());
    ageSeconds = memory.ageSeconds;
    if (observation.stamp !== null) {
      const taken = await takeIn(watched, state, observation, memory, context);
      state = taken.state;
      notes.push(...taken.notes);
      const holder = context.leases.holder(watched.host, observation.lease);
      const isNew = taken.isNew || state.restore;
      const verdict = isNew ? await decideApart(state, rules, context.signal) : null;
      decision = verdict !== null && holder !== null ? heldBack(verdict, 'locked') : verdict;
      if (decision !== null) {
        state = withDecision(state, decision, randomBytes(8).toString('hex'));
        await context.keep(watched.name, state);
      }
      const isHeld = state.asked !== null || decision?.layers.locked !== undefined;
      if (holder !== null && isHeld) problem = `locked by ${holderText(holder)}`;
      else await ask(watched, state, observation, memory, context);
    } else problem = `no engine has written windows to ${dumpDir} yet`;
  } catch (error) {
    if (context.signal.aborted) throw error;
    problem = (error as Error).message;
  }
  const { name, target, host } = watched;
  ageSeconds ??= ageNow(memory, context.nowMs());
  const stalled = (ageSeconds ?? 0) > Math.max(LEAST_LATE_S, LATE_WINDOWS * memory.windowSeconds);
  const newWindows = state.closed - closed;
  return { name, target, host, problem, state, newWindows, ageSeconds, stalled, decision, notes };
}

/** Age of the newest window by now: it grows while the host can't be reached. */
export function ageNow({ ageSeconds, seenMs }: Memory, nowMs: number): number | null {
  return ageSeconds === null ? null : ageSeconds + Math.max(0, nowMs - seenMs) / 1000;
}

function remember(memory: Memory, observation: Observation, nowMs: number): void {
  memory.ageSeconds = observation.ageSeconds ?? memory.ageSeconds;
  memory.windowSeconds = observation.windowSeconds ?? memory.windowSeconds;
  if (observation.ageSeconds !== null) memory.seenMs = nowMs;
}

async function takeIn(
  watched: Watched,
  before: InstanceState,
  observation: Observation,
  memory: Memory,
  context: RoundContext,
) {
  const isStart = observation.stamp !== before.stamp;
  const needsPattern = isStart && observation.maps.length === 0;
  const pattern = needsPattern ? await context.patternOf(watched, observation) : null;
  const isFresh = (memory.ageSeconds ?? 0) <= FRESH_S;
  const isSent = before.asked !== null && memory.asked.startsWith(`${before.asked.id}/`);
  const { windows, maps, answer } = observation;
  let state = before;
  const notes: WatchNote[] = [];
  for (const event of eventsOf(before, {
    stamp: observation.stamp!,
    windows,
    codec: watched.recorded.codec,
    maps,
    answer,
    pattern,
    isFresh,
    isSent,
  })) {
    const next = advance(state, event, watched.rules);
    state = next.state;
    notes.push(...next.notes);
  }
  return { state, notes, isNew: state.loaded > before.loaded };
}

/** Asks for the swap that stands in the state; again when windows closed without an answer, and by a process that did not ask yet. */
async function ask(
  { dumpDir, container, ranks, live, host: address }: Watched,
  { asked, stamp, closed, isDeaf }: InstanceState,
  { engine }: Observation,
  memory: Memory,
  { open, signal }: RoundContext,
): Promise<void> {
  if (asked === null || isDeaf || stamp === null || engine === null || live === undefined) return;
  const mark = `${asked.id}/${closed}`;
  if (memory.asked === mark) return;
  const host = await open(address, signal);
  await askToSwap(host, { folder: `${dumpDir}/${stamp}`, container, pid: engine.pid, ranks, live }, asked, signal);
  memory.asked = mark;
}
