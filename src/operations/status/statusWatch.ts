import { setTimeout as pause } from 'node:timers/promises';
import { EXIT } from '../../errors/exitCodes.ts';
import type { DialectFacts } from '../../facts/facts.ts';
import { age } from '../../files/durations.ts';
import { showsColors } from '../../report/nodeColors.ts';
import { printable } from '../../report/printable.ts';
import { redrawer } from '../../report/redraw.ts';
import { type DigestOfFile, rememberedDigests } from '../cluster/fileDigests.ts';
import type { Session } from '../session/session.ts';
import { type Look, lookAt, looksOf, type Remembered, type StatusWish } from './lookAt.ts';
import { narrowed } from './narrowed.ts';
import { SeldomTransfers } from './seldomTransfers.ts';
import { statusText } from './text.ts';
import { TokenRounds } from './tokenRounds.ts';
import { clock, type Transition, transitionsBetween, transitionText } from './transitions.ts';

/** Between two drawings on a terminal, also while nothing new is known. */
const REDRAW_MS = 1_000;
/** Transitions that stay below. */
const KEPT_TRANSITIONS = 10;

/** What is on the screen, as far as it is known. */
export interface WatchedStatus {
  /** Null: the first round is under way. */
  readonly look: Look | null;
  /** How long ago the facts came, or the watch began. */
  readonly ageMs: number;
  readonly intervalMs: number;
  readonly transitions: readonly Transition[];
  readonly now: Date;
}

/** Looks again and again until Ctrl-C; with --json a document per round, one line each. */
export async function statusWatchCommand(
  session: Session,
  intervalMs: number,
  wish: StatusWish,
  digestOf: DigestOfFile = rememberedDigests(),
): Promise<number> {
  const show = redrawer();
  const remembered: Remembered = {
    digestOf,
    unreadable: new Map<string, DialectFacts>(),
    tokens: new TokenRounds(),
    looks: looksOf(session),
    transfers: new SeldomTransfers(),
    seldom: null,
  };
  let look: Look | null = null;
  let atMs = performance.now();
  let transitions: readonly Transition[] = [];
  const draw = () => {
    const ageMs = performance.now() - atMs;
    show(watchText({ look, ageMs, intervalMs, transitions, now: session.now() }, showsColors(process.stdout)));
  };
  const isLive = !wish.json && process.stdout.isTTY;
  const every = isLive ? setInterval(draw, REDRAW_MS) : null;
  try {
    while (!session.signal.aborted) {
      const found = await lookAt(session, wish, remembered);
      if (session.signal.aborted) break;
      const shown = { ...found, status: narrowed(found.status, wish.only) };
      if (look !== null)
        transitions = [...transitions, ...transitionsBetween(look.status, shown.status, session.now())].slice(
          -KEPT_TRANSITIONS,
        );
      look = shown;
      atMs = performance.now();
      if (wish.json) process.stdout.write(`${JSON.stringify(shown.status)}\n`);
      else draw();
      await pause(intervalMs, undefined, { signal: session.signal }).catch(() => {});
    }
  } finally {
    if (every !== null) clearInterval(every);
  }
  return EXIT.interrupted;
}

/** The status with the ages of its parts where they are older than a round, and below it what changed. */
export function watchText({ look, ageMs, intervalMs, transitions, now }: WatchedStatus, hasColors: boolean): string {
  const seconds = (ms: number) => age(Math.floor(ms / 1_000));
  if (look === null) return `${clock(now)}  waiting for the first answer: ${seconds(ageMs)}`;
  const tokenMs = look.tokenAgeMs + ageMs;
  const ages = [
    ...(ageMs > intervalMs + REDRAW_MS ? [`facts are ${seconds(ageMs)} old`] : []),
    ...(tokenMs > intervalMs + REDRAW_MS ? [`the answer about tokens is ${seconds(tokenMs)} old`] : []),
  ];
  return [
    `${clock(now)}  ${statusText(look.status, { hasColors })}`,
    ...(ages.length === 0 ? [] : [`  ${ages.join('; ')}`]),
    ...(transitions.length === 0
      ? []
      : ['changes:', ...transitions.map((each) => `  ${printable(transitionText(each))}`)]),
  ].join('\n');
}
