import { setTimeout as pause } from 'node:timers/promises';
import { EXIT } from '../../errors/exitCodes.ts';
import type { DialectFacts } from '../../facts/facts.ts';
import { redrawer } from '../../report/redraw.ts';
import { buildClusterView, clusterProbeRequests } from '../cluster/clusterView.ts';
import { type DigestOfFile, rememberedDigests } from '../cluster/fileDigests.ts';
import { gatherFacts } from '../cluster/gatherFacts.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { INTERRUPTED } from '../session/interrupted.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { liveProbes, openOnce } from './probes.ts';
import { askServers, type ClusterStatus, clusterStatus } from './status.ts';
import { statusText } from './text.ts';

/** Facts, health of every server and a token, all at once. */
export async function statusCommand(session: Session): Promise<CommandAnswer> {
  const status = await lookAt(session);
  if (session.signal.aborted) return INTERRUPTED;
  return { answer: status, text: statusText(status, process.stdout.columns), exitCode: exitCodeOf(status) };
}

/** Looks again and again until Ctrl-C; with --json a document per round, one line each. */
export async function statusWatchCommand(
  session: Session,
  intervalMs: number,
  json: boolean,
  digestOf: DigestOfFile = rememberedDigests(),
): Promise<number> {
  const show = redrawer();
  const remembered = { digestOf, unreadable: new Map<string, DialectFacts>() };
  while (!session.signal.aborted) {
    const status = await lookAt(session, remembered);
    if (session.signal.aborted) break;
    if (json) process.stdout.write(`${JSON.stringify(status)}\n`);
    else show(`${session.now().toTimeString().slice(0, 8)}  ${statusText(status)}`);
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
async function lookAt(session: Session, remembered?: Remembered): Promise<ClusterStatus> {
  const { deployment, signal } = session;
  const inputs = await readLocalInputs(deployment, remembered?.digestOf);
  const open = openOnce(session.pool.open);
  const [facts, answers] = await Promise.all([
    gatherFacts(open, clusterProbeRequests(deployment, inputs), {
      signal,
      hurry: true,
      ...(remembered && { unreadable: remembered.unreadable }),
    }),
    askServers(buildClusterView(deployment, inputs, {}), liveProbes(open, signal)),
  ]);
  return clusterStatus(buildClusterView(deployment, inputs, facts), answers);
}

function exitCodeOf({ state }: ClusterStatus): number {
  if (state === 'serving') return EXIT.done;
  return state === 'unreachable' ? EXIT.unreachable : EXIT.notServing;
}
