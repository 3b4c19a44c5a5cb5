import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { parseDuration } from '../../files/durations.ts';
import { ignoreBrokenPipe, printOut } from '../../report/stdout.ts';
import { buildClusterView } from '../cluster/clusterView.ts';
import { NO_INPUTS } from '../cluster/localInputs.ts';
import { namedNodes } from '../cluster/nodes.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { type LogLine, logSources, readLogs } from './logs.ts';
import { logEntry, logText } from './text.ts';

export interface LogsChoices {
  readonly nodes: readonly string[];
  readonly follow: boolean;
  readonly since: string | undefined;
  readonly lines: number | undefined;
  readonly json: boolean;
}

const LINES = 100;
const LINES_SINCE = 10_000;

/** Prints lines as they come; with --json one document of all, or one per line while following. */
export async function logsCommand(session: Session, choices: LogsChoices): Promise<CommandAnswer> {
  // where logs are is known without a question to any host
  const { desired, topology } = buildClusterView(session.deployment, NO_INPUTS, {});
  const { nodes, problems } = namedNodes(choices.nodes, topology);
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  const sources = logSources(desired, nodes);
  const width = Math.max(0, ...sources.map(({ label }) => label.length));
  const reader = new AbortController();
  const collected: object[] = [];
  ignoreBrokenPipe();
  const unread = await readLogs(session.pool.open, sources, {
    follow: choices.follow,
    lines: choices.lines ?? (choices.since === undefined ? LINES : LINES_SINCE),
    sinceMs: choices.since === undefined ? null : sinceMs(choices.since, session.now()),
    signal: AbortSignal.any([session.signal, reader.signal]),
    write: async (lines: readonly LogLine[]) => {
      if (choices.json && !choices.follow) collected.push(...lines.map(logEntry));
      else {
        const show = (line: LogLine) => (choices.json ? `${JSON.stringify(logEntry(line))}\n` : logText(line, width));
        await printOut(lines.map(show).join(''), () => reader.abort());
      }
    },
  });
  for (const [host, problem] of Object.entries(unread)) process.stderr.write(`no logs of ${host}: ${problem}\n`);
  const exitCode = session.signal.aborted
    ? EXIT.interrupted
    : Object.keys(unread).length > 0
      ? EXIT.unreachable
      : EXIT.done;
  return { answer: { lines: collected, unread }, exitCode };
}

/** `90s`, `10m`, `2h`, `1d` before now, or a time as ISO 8601 writes it. */
export function sinceMs(written: string, now: Date): number {
  const ago = parseDuration(written);
  const at = ago === null ? Date.parse(written) : now.getTime() - ago;
  if (!Number.isNaN(at)) return at;
  throw new UserError('bad_usage', `--since ${written} is no time.`, {
    hint: 'Write 90s, 10m, 2h, 1d, or a time like 2026-11-21T22:50:00.',
  });
}
