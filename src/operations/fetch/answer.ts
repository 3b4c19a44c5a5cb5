import { EXIT } from '../../errors/exitCodes.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { fetchedText, type ShownFetch } from './text.ts';

export interface FetchChoices {
  readonly nodes: readonly string[];
  readonly out: string | undefined;
  readonly json: boolean;
}

/** What a fetch prints at its end. */
export function answerOf(
  session: Session,
  out: string,
  fetched: readonly { readonly problem: string | null; readonly unreachable: boolean }[],
  shown: readonly ShownFetch[],
): CommandAnswer {
  const failed = fetched.filter(({ problem }) => problem !== null);
  const damaged = shown.some(({ result }) => result !== null && result.problems.length > 0);
  const exitCode = session.signal.aborted
    ? EXIT.interrupted
    : damaged || failed.some(({ unreachable }) => !unreachable)
      ? EXIT.stepFailed
      : failed.length > 0
        ? EXIT.unreachable
        : EXIT.done;
  const again = exitCode === EXIT.done ? '' : '\nWhat is here is kept: the same command goes on from there.';
  return { answer: { out, exitCode, fetched }, text: `${fetchedText(shown)}${again}`, exitCode };
}
