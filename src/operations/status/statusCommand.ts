import { setTimeout as pause } from 'node:timers/promises';
import { entrances } from '../../engines/entrances.ts';
import { httpProbes } from '../../engines/readiness.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import type { DialectFacts } from '../../facts/facts.ts';
import { parseDuration } from '../../files/durations.ts';
import { showsColors } from '../../report/nodeColors.ts';
import { redrawer } from '../../report/redraw.ts';
import { buildClusterView, type ClusterView, clusterProbeRequests } from '../cluster/clusterView.ts';
import { type DigestOfFile, rememberedDigests } from '../cluster/fileDigests.ts';
import { gatherFacts } from '../cluster/gatherFacts.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { runningWatcher } from '../cluster/watcher.ts';
import { recordFindings } from '../generations/recordFindings.ts';
import { viewOfDesired } from '../generations/viewOfDesired.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { askDies } from './askDies.ts';
import { askOrigins } from './askOrigins.ts';
import { askHealth, askTokens } from './askServers.ts';
import { hopelessReason } from './hopeless.ts';
import { nodeStatuses } from './node.ts';
import { liveProbes, openOnce } from './probes.ts';
import { type ClusterStatus, clusterStatus, type StatusContext } from './status.ts';
import { statusText } from './text.ts';
import type { Answers } from './types.ts';
import { showWaiting } from './waiting.ts';

/** What the flags set. */
export interface StatusWish extends Pick<StatusContext, 'slowMs'> {
  /** How long a token may take. */
  readonly tokenMs: number;
  readonly json: boolean;
}

/** @param flags durations, as they were written */
export function statusWish(
  { slow, timeout }: { readonly slow: string; readonly timeout: string },
  json: boolean,
): StatusWish {
  return { slowMs: durationOf('--slow', slow), tokenMs: durationOf('--timeout', timeout), json };
}

function durationOf(flag: string, written: string): number {
  const ms = parseDuration(written) ?? 0;
  if (ms > 0) return ms;
  throw new UserError('bad_usage', `${flag} ${written} is not a duration.`, { hint: `For example: ${flag} 30s` });
}

/** Facts, health of every server and a token, all at once. */
export async function statusCommand(session: Session, wish: StatusWish): Promise<CommandAnswer> {
  const status = await lookAt(session, wish);
  if (session.signal.aborted) return INTERRUPTED;
  return {
    answer: status,
    text: statusText(status, { columns: process.stdout.columns, hasColors: showsColors(process.stdout) }),
    exitCode: exitCodeOf(status),
  };
}

/** Looks again and again until Ctrl-C; with --json a document per round, one line each. */
export async function statusWatchCommand(
  session: Session,
  intervalMs: number,
  wish: StatusWish,
  digestOf: DigestOfFile = rememberedDigests(),
): Promise<number> {
  const show = redrawer();
  const remembered = { digestOf, unreadable: new Map<string, DialectFacts>() };
  while (!session.signal.aborted) {
    const status = await lookAt(session, wish, remembered);
    if (session.signal.aborted) break;
    if (wish.json) process.stdout.write(`${JSON.stringify(status)}\n`);
    else
      show(
        `${session.now().toTimeString().slice(0, 8)}  ${statusText(status, { hasColors: showsColors(process.stdout) })}`,
      );
    await pause(intervalMs, undefined, { signal: session.signal }).catch(() => {});
  }
  return EXIT.interrupted;
}

/** What need not be found out again in each round. */
interface Remembered {
  readonly digestOf: DigestOfFile;
  readonly unreadable: Map<string, DialectFacts>;
}

/** Servers are asked while hosts are: one that does not answer must not add its time to another's. */
async function lookAt(session: Session, wish: StatusWish, remembered?: Remembered): Promise<ClusterStatus> {
  const { deployment, signal } = session;
  const inputs = await readLocalInputs(deployment, remembered?.digestOf);
  const open = openOnce(session.pool.open);
  const before = buildClusterView(deployment, inputs, {});
  const gather = (requests: Parameters<typeof gatherFacts>[1]) =>
    gatherFacts(open, requests, {
      signal,
      hurry: true,
      ...(remembered && { unreadable: remembered.unreadable }),
    });
  const gathered = gather(clusterProbeRequests(deployment, inputs));
  let asked = askServers(before, open, session, wish);
  const diesFound = askDies(open, before, signal);
  const originsFound = askOrigins(open, before, signal);
  const found = Promise.all([gathered, asked.health]);
  const waiting = wish.json ? null : showWaiting(found, wish.tokenMs);
  try {
    const [facts] = await found;
    const ofFile = buildClusterView(deployment, inputs, facts);
    const clusterView = await viewOfDesired(ofFile, { open, signal, ask: gather });
    if (!isAskedAlike(ofFile, clusterView)) {
      asked.hopeless.abort();
      await asked.tokens;
      asked = askServers(clusterView, open, session, wish);
    }
    const health = await asked.health;
    const reason = hopelessReason(nodeStatuses(clusterView, { ...health, tokens: [], pairs: [] }));
    if (reason !== null) asked.hopeless.abort();
    const [dies, origins, watcher] = await Promise.all([diesFound, originsFound, runningWatcher(deployment.file)]);
    const answers = { ...health, origins, ...(await asked.tokens) };
    const answered = reason === null ? answers : withoutHope(answers, reason);
    const status = clusterStatus(clusterView, answered, { slowMs: wish.slowMs, dies, watcher });
    const odd = recordFindings(deployment, facts, session.now());
    return {
      ...status,
      warnings: [...status.warnings, ...odd.map((text) => ({ about: 'record' as const, of: [], text }))],
    };
  } finally {
    waiting?.end();
  }
}

/** All that servers are asked at once; `hopeless` ends the wait for a token. */
function askServers(
  clusterView: ClusterView,
  open: Session['pool']['open'],
  { signal, apiKey = async () => null }: Session,
  { tokenMs }: StatusWish,
) {
  const hopeless = new AbortController();
  const tokenSignal = AbortSignal.any([signal, hopeless.signal]);
  const probes = liveProbes(open, { signal, tokenSignal, tokenMs, apiKey });
  return { hopeless, tokens: askTokens(clusterView, probes), health: askHealth(clusterView, probes) };
}

/** A generation that hosts keep may have other servers and ports than the deployment file. */
function isAskedAlike(one: ClusterView, other: ClusterView): boolean {
  const asked = (clusterView: ClusterView) =>
    JSON.stringify([
      Object.values(clusterView.desired.nodes).map(({ server }) => httpProbes(server.readiness)),
      entrances(clusterView),
      clusterView.deployment.servedModelName,
    ]);
  return one === other || asked(one) === asked(other);
}

function withoutHope({ tokens, ...answers }: Answers, reason: string): Answers {
  return { ...answers, tokens: tokens.map((token) => ('problem' in token ? { problem: reason } : token)), pairs: [] };
}

function exitCodeOf({ state }: ClusterStatus): number {
  if (state === 'serving' || state === 'slow' || state === 'maintenance') return EXIT.done;
  return state === 'unreachable' ? EXIT.unreachable : EXIT.notServing;
}
