import { summaryText } from '../../report/summary.ts';
import { timingsOf, timingsText } from '../../report/timings.ts';
import type { RunSummary } from '../../runner/event.ts';
import { type Outage, shownOutage } from '../cluster/outage.ts';
import type { Session } from './session.ts';

/** What a command prints: `answer` with --json, else `text`. */
export interface CommandAnswer<Answer = unknown> {
  readonly answer: Answer;
  /** Absent: all of it was printed while the command worked. */
  readonly text?: string;
  readonly exitCode: number;
}

/** What a command that ran steps says at its end. @param outages what its plan took away meanwhile */
export async function runAnswer(
  session: Session,
  summary: RunSummary,
  outages: readonly Outage[] = [],
): Promise<CommandAnswer> {
  await session.view.finished();
  const timings = timingsOf(session.events());
  const text = summaryText(summary).trimEnd();
  return {
    answer: { ...summary, outages: outages.map(shownOutage), timings },
    text: session.showTimings ? `${text}\n\n${timingsText(timings)}` : text,
    exitCode: summary.exitCode,
  };
}
