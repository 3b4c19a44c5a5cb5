import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { parseDuration } from '../../files/durations.ts';
import { readHistory } from '../../state/history.ts';
import { thisProcess } from '../../state/thisProcess.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { type ListedRun, mergeRuns } from './mergeRuns.ts';
import { readRuns } from './readRuns.ts';
import { historyText, runText, shortRunText } from './text.ts';

export interface HistoryChoices {
  /** A run's id or its beginning, `last`, or undefined for the list. */
  readonly run: string | undefined;
  readonly limit: number;
  /** `2d`, `12h`, `2026-11-20`; undefined: from the first. */
  readonly since: string | undefined;
  /** Ask no host. */
  readonly local: boolean;
}

/** Runs from the journals of this machine, and from what hosts remember. */
export async function historyCommand(session: Session, choices: HistoryChoices): Promise<CommandAnswer> {
  const { deployment, pool, signal, stateFolder } = session;
  const sinceMs = choices.since === undefined ? null : sinceOf(choices.since, session.now());
  const addresses = choices.local ? [] : topologyOf(deployment).hosts.map(({ address }) => address);
  const [journals, hosts] = await Promise.all([
    readHistory(stateFolder, deployment.name),
    readRuns(pool.open, addresses, deployment, signal),
  ]);
  if (signal.aborted) return INTERRUPTED;
  const all = mergeRuns(journals, hosts, thisProcess().owner);
  const silent = hosts.flatMap(({ host, problem }) => (problem === null ? [] : [{ host, problem }]));
  if (choices.run !== undefined) {
    const listed = pick(all, choices.run, deployment.name);
    const journal = journals.find(({ run }) => run === listed.run);
    if (journal === undefined) return { answer: listed, text: shortRunText(listed), exitCode: EXIT.done };
    const { by, keys, overrides } = listed;
    return { answer: { ...journal, by, keys, overrides }, text: runText(journal, listed), exitCode: EXIT.done };
  }
  const runs = all
    .filter(({ startedAt }) => sinceMs === null || Date.parse(startedAt) >= sinceMs)
    .slice(0, choices.limit);
  const answer = { cluster: deployment.name, runs, silent };
  return { answer, text: historyText(deployment.name, runs, silent), exitCode: EXIT.done };
}

/** @throws UserError for what is neither a duration nor a date */
function sinceOf(written: string, now: Date): number {
  const agoMs = parseDuration(written);
  if (agoMs !== null) return now.getTime() - agoMs;
  const ms = Date.parse(written);
  if (/^\d{4}-\d\d-\d\d/.test(written) && !Number.isNaN(ms)) return ms;
  throw new UserError('bad_usage', `--since ${written} is not a duration or a date.`, {
    hint: 'Write --since 2d, --since 12h or --since 2026-11-20.',
  });
}

function pick(runs: readonly ListedRun[], wanted: string, cluster: string): ListedRun {
  const matching = wanted === 'last' ? runs.slice(0, 1) : runs.filter(({ run }) => run.startsWith(wanted));
  const [found] = matching;
  if (found !== undefined && matching.length === 1) return found;
  throw new UserError(
    'no_run',
    matching.length === 0
      ? `No run ${wanted} of ${cluster} is known here, or on the hosts.`
      : `${wanted} is the beginning of ${matching.length} runs: ${matching
          .slice(0, 3)
          .map(({ run }) => run)
          .join(', ')}...`,
    { hint: 'omniplace history lists them.' },
  );
}
