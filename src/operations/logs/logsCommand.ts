import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { parseDuration } from '../../files/durations.ts';
import { nodeColors, showsColors } from '../../report/nodeColors.ts';
import { plural } from '../../report/plural.ts';
import { ignoreBrokenPipe, printOut } from '../../report/stdout.ts';
import { buildClusterView } from '../cluster/clusterView.ts';
import { NO_INPUTS } from '../cluster/localInputs.ts';
import { namedNodes } from '../cluster/nodes.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { grepOf, LineFilter } from './lineFilter.ts';
import { type LogLine, type LogSource, logSources, readLogs } from './logs.ts';
import { logEntry, logText } from './text.ts';

export interface LogsChoices {
  readonly nodes: readonly string[];
  readonly follow: boolean;
  readonly since: string | undefined;
  readonly lines: number | undefined;
  readonly grep: string | undefined;
  readonly errors: boolean;
  readonly access: boolean;
  readonly json: boolean;
}

const LINES = 100;
/** Of each log when only some of its lines are shown. */
const LINES_SEARCHED = 10_000;
/** Lines read for each line shown while requests are hidden. */
const READ_PER_SHOWN = 10;

/** Prints lines as they come; with --json one document of all, or one per line while following. */
export async function logsCommand(session: Session, choices: LogsChoices): Promise<CommandAnswer> {
  // where logs are is known without a question to any host
  const { desired, topology } = buildClusterView(session.deployment, NO_INPUTS, {});
  const { nodes, problems } = namedNodes(choices.nodes, topology);
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  const sources = logSources(desired, nodes);
  const { follow, json } = choices;
  const reader = new AbortController();
  const filter = new LineFilter({ ...choices, grep: grepOf(choices.grep) });
  const show = printer(sources, json);
  const { numRead, numShown } = linesToRead(choices);
  const collected: object[] = [];
  ignoreBrokenPipe();
  const unread = await readLogs(session.pool.open, sources, {
    follow,
    lines: numRead,
    sinceMs: choices.since === undefined ? null : sinceMs(choices.since, session.now()),
    signal: AbortSignal.any([session.signal, reader.signal]),
    write: async (lines: readonly LogLine[]) => {
      const kept = lines.filter((line) => filter.shows(line));
      // without --follow all lines come at once
      const shown = follow ? kept : lastOfEach(kept, numShown);
      if (json && !follow) collected.push(...shown.map(logEntry));
      else await printOut(shown.map(show).join(''), () => reader.abort());
    },
  });
  for (const [host, problem] of Object.entries(unread)) process.stderr.write(`no logs of ${host}: ${problem}\n`);
  if (filter.numHidden > 0 && !json)
    process.stderr.write(`${plural(filter.numHidden, 'line')} about requests hidden; --access shows them\n`);
  const exitCode = session.signal.aborted
    ? EXIT.interrupted
    : Object.keys(unread).length > 0
      ? EXIT.unreachable
      : EXIT.done;
  return { answer: { lines: collected, unread }, exitCode };
}

/** How many lines are read of each log, and how many are shown of it at most. */
export function linesToRead({
  lines,
  since,
  grep,
  errors,
  access,
  follow,
}: Pick<LogsChoices, 'lines' | 'since' | 'grep' | 'errors' | 'access' | 'follow'>): {
  numRead: number;
  numShown: number;
} {
  const isSearch = since !== undefined || grep !== undefined || errors;
  const numShown = lines ?? (isSearch ? LINES_SEARCHED : LINES);
  if (isSearch || access || follow) return { numRead: numShown, numShown };
  return { numRead: Math.max(numShown, Math.min(numShown * READ_PER_SHOWN, LINES_SEARCHED)), numShown };
}

/** The last lines of each log, in the order of all. */
function lastOfEach(lines: readonly LogLine[], count: number): readonly LogLine[] {
  const left = new Map<LogSource, number>();
  return lines
    .toReversed()
    .filter(({ source }) => {
      const before = left.get(source) ?? 0;
      left.set(source, before + 1);
      return before < count;
    })
    .reverse();
}

/** A line as it is printed: a document of its own, or the text after its node and log, in the colour of its node on a terminal. */
function printer(sources: readonly LogSource[], json: boolean): (line: LogLine) => string {
  if (json) return (line) => `${JSON.stringify(logEntry(line))}\n`;
  const width = Math.max(0, ...sources.map(({ label }) => label.length));
  const color = nodeColors(
    sources.map(({ node }) => node),
    showsColors(process.stdout),
  );
  return (line) => logText(line, width, color);
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
