import { groupSame } from '../errors/groupSame.ts';
import type { Step, StepResult } from '../plan/step.ts';
import type { RunEvent } from '../runner/event.ts';
import { hasFailed } from './stepFailure.ts';

/** How long a failure waits for others that are the same. */
const HELD_MS = 1_000;

/** Steps that failed in the same way, in the order in which the first of each did. */
export interface SameFailure {
  readonly atMs: number;
  /** What failed, with `<node>` and `<host>` where each has its own. */
  readonly title: string;
  readonly message: string;
  readonly of: readonly Ended[];
}

interface Ended {
  readonly step: Step;
  readonly result: StepResult;
}

/**
 * Holds failures back until a second has passed or their phase has ended, so that the same one on many hosts is one line. It
 * takes the time from the events. The answer: what is due before the event, and whether the event itself is held.
 */
export function heldFailures(): (event: RunEvent) => {
  readonly due: readonly SameFailure[];
  readonly isHeld: boolean;
} {
  let held: Ended[] = [];
  let sinceMs = 0;
  return (event) => {
    const isHeld = event.kind === 'step-ended' && hasFailed(event.result.status);
    const isDue = held.length > 0 && (ENDS.has(event.kind) || event.atMs - sinceMs >= HELD_MS);
    const due = isDue ? sameFailures(held, event.atMs) : [];
    if (isDue) held = [];
    if (isHeld) {
      if (held.length === 0) sinceMs = event.atMs;
      held.push({ step: event.step, result: event.result });
    }
    return { due, isHeld };
  };
}

const ENDS: ReadonlySet<RunEvent['kind']> = new Set(['phase-ended', 'run-ended', 'notice']);
/** Between the texts that are compared together. */
const BETWEEN = '\n\n';

export function sameFailures(ended: readonly Ended[], atMs: number): readonly SameFailure[] {
  const all = ended.map((one) => ({
    ...one,
    node: one.step.node,
    host: one.step.host,
    text: [one.step.tag, one.result.status, one.step.title, one.result.message].join(BETWEEN),
  }));
  return groupSame(all).map(({ text, of }) => {
    const [, , title = '', ...message] = text.split(BETWEEN);
    return { atMs, title, message: message.join(BETWEEN), of };
  });
}
