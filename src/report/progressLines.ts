import type { Step, StepId } from '../plan/step.ts';
import type { RunEvent } from '../runner/event.ts';
import { plural } from './plural.ts';
import { oneLine } from './printable.ts';

const EVERY_MS = 10_000;
/** Servers may load for an hour, and have nothing new to say. */
const WAIT_EVERY_MS = 60_000;
/** Steps printed at once, those that are furthest behind; the others share a line. */
const MOST = 8;

interface Going {
  readonly step: Step;
  said: { readonly atMs: number; readonly text: string; readonly fraction: number | null } | null;
  dueMs: number;
}

/**
 * How far steps are that take long, for views that can't draw over what they said: of each every 10 s (every minute where a
 * server is waited for), and at most 9 lines in 10 s, whatever the number of hosts. It knows the time from the events alone.
 */
export function progressLines(): (event: RunEvent) => string[] {
  const all = new Map<StepId, Going>();
  let nextMs = 0;
  return (event) => {
    if (event.kind === 'step-started')
      all.set(event.step.id, { step: event.step, said: null, dueMs: event.atMs + everyMs(event.step) });
    if (event.kind === 'step-ended') all.delete(event.step.id);
    if (event.kind !== 'step-progress') return [];
    const { atMs, text, fraction } = event;
    const going = all.get(event.step);
    if (going) going.said = { atMs, text, fraction };
    if (atMs < nextMs) return [];
    const due = [...all.values()].filter(({ said, dueMs }) => said !== null && dueMs <= atMs);
    if (due.length === 0) return [];
    nextMs = atMs + EVERY_MS;
    for (const one of due) one.dueMs = atMs + everyMs(one.step);
    const slowestFirst = due.sort((a, b) => fractionOf(a) - fractionOf(b));
    const others = slowestFirst.slice(MOST);
    return [
      ...slowestFirst.slice(0, MOST).map((one) => lineOf(one, atMs)),
      ...(others.length === 0 ? [] : [`  and ${plural(others.length, 'other')} further on`]),
    ];
  };
}

function everyMs({ action }: Step): number {
  return action.kind === 'wait' ? WAIT_EVERY_MS : EVERY_MS;
}

function fractionOf({ said }: Going): number {
  return said?.fraction ?? 0;
}

/** `  p0   10.0.0.1 push the image: 25 %, 512.0 of 2048.0 MiB, 96.0 MiB/s, 16 s left` */
function lineOf({ step, said }: Going, nowMs: number): string {
  const { atMs, text, fraction } = said!;
  const knows = fraction !== null && step.action.kind !== 'wait' && !text.includes('%');
  const percent = knows ? `${Math.floor(fraction * 100)} %, ` : '';
  const silentMs = nowMs - atMs;
  const silence = silentMs < EVERY_MS ? '' : `, nothing new for ${Math.floor(silentMs / 1000)} s`;
  return `  ${step.node.padEnd(4)} ${step.host} ${step.title}: ${percent}${oneLine(text)}${silence}`;
}
