import type { PastRun } from '../../state/history.ts';
import type { PastRunLine } from '../../state/state.gen.ts';
import type { HostRuns } from './readRuns.ts';

/** A run, from the journals of this machine and from what hosts remember. */
export interface ListedRun extends Pick<PastRun, 'run' | 'command' | 'startedAt' | 'deployment' | 'generation'> {
  /** `user@machine` */
  readonly by: string;
  readonly outcome: string;
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** `path=value` of -e; a secret's value is never in it. */
  readonly overrides: readonly string[];
  /** What it changed in the deployment, key by key. */
  readonly keys: readonly string[];
  /** Steps that changed something, by tag. */
  readonly changed: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
  /** Steps that were begun and have no result. */
  readonly open: readonly string[];
  /** This machine has its journal. */
  readonly isHere: boolean;
  /** It came after a run that is dated later. */
  readonly isMisdated: boolean;
}

/** Clocks of two machines may differ by so much without a word, ms. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Every run of a cluster, from any machine, newest first. @param me `user@machine` of the journals */
export function mergeRuns(journals: readonly PastRun[], hosts: readonly HostRuns[], me: string): readonly ListedRun[] {
  const lines = new Map<string, PastRunLine>(
    hosts.flatMap(({ runs }) => runs.map((line) => [line.run, line] as const)),
  );
  const misdated = misdatedRuns(hosts);
  const here = new Map(journals.map((journal) => [journal.run, journal]));
  const remembered = [...lines.values()].map((line): ListedRun => {
    const journal = here.get(line.run);
    return { ...line, open: journal?.open ?? [], isHere: journal !== undefined, isMisdated: misdated.has(line.run) };
  });
  const unended = hosts.flatMap((host) => unendedRun(host, lines, here) ?? []);
  const unique = new Map(unended.map((run) => [run.run, run]));
  const own = journals
    .filter(({ run }) => !lines.has(run) && !unique.has(run))
    .map((journal): ListedRun => {
      const { results: _, steps: __, numSteps: ___, asked, ...rest } = journal;
      return { ...rest, by: me, overrides: asked?.overrides ?? [], keys: [], isHere: true, isMisdated: false };
    });
  return [...remembered, ...unique.values(), ...own].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/** The last run of a host that is not on its list: it is at work, its process was killed, or it is older than the list. */
function unendedRun(
  { last, lease }: HostRuns,
  lines: ReadonlyMap<string, PastRunLine>,
  here: ReadonlyMap<string, PastRun>,
): ListedRun | null {
  if (last === null || lines.has(last.run)) return null;
  const { run, command, owner, generation, state } = last;
  const journal = here.get(run);
  const isAtWork = lease?.run === run;
  return {
    run,
    command,
    by: owner,
    startedAt: journal?.startedAt ?? timeOf(run),
    deployment: journal?.deployment ?? '?',
    generation,
    outcome: state !== 'running' ? state : (journal?.outcome ?? (isAtWork ? 'running' : 'died')),
    exitCode: journal?.exitCode ?? null,
    durationMs: journal?.durationMs ?? 0,
    overrides: journal?.asked?.overrides ?? [],
    keys: [],
    changed: journal?.changed ?? {},
    failed: journal?.failed ?? [],
    open: journal?.open ?? [],
    isHere: journal !== undefined,
    isMisdated: false,
  };
}

/** Runs that a host lists after one that is dated later: a clock was set back, or two machines' clocks differ. */
function misdatedRuns(hosts: readonly HostRuns[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { runs } of hosts) {
    let latestMs = Number.NEGATIVE_INFINITY;
    for (const { run, startedAt } of runs) {
      const ms = Date.parse(startedAt);
      if (ms < latestMs - CLOCK_TOLERANCE_MS) found.add(run);
      else latestMs = ms;
    }
  }
  return found;
}

/** ISO 8601, from `20261121-225823-1a2b`. */
function timeOf(run: string): string {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(run) ?? [];
  return year === undefined ? '' : `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
}
