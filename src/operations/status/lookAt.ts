import { entrances } from '../../engines/entrances.ts';
import { httpProbes } from '../../engines/readiness.ts';
import type { DialectFacts } from '../../facts/facts.ts';
import { askDies } from '../cluster/askDies.ts';
import { buildClusterView, type ClusterView, clusterProbeRequests } from '../cluster/clusterView.ts';
import type { DigestOfFile } from '../cluster/fileDigests.ts';
import { gatherFacts } from '../cluster/gatherFacts.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { runningWatcher } from '../cluster/watcher.ts';
import { recordFindings } from '../generations/recordFindings.ts';
import { viewOfDesired } from '../generations/viewOfDesired.ts';
import type { Session } from '../session/session.ts';
import { askOrigins } from './askOrigins.ts';
import { askHealth, askTokens } from './askServers.ts';
import { hopelessReason } from './hopeless.ts';
import { instanceLoads } from './instanceLoads.ts';
import { Looks } from './looks.ts';
import { nodeStatuses } from './node.ts';
import { liveProbes, openOnce } from './probes.ts';
import { SeldomTransfers } from './seldomTransfers.ts';
import { type ClusterStatus, clusterStatus, type StatusContext } from './status.ts';
import { TokenRounds } from './tokenRounds.ts';
import type { Answers } from './types.ts';
import { showWaiting } from './waiting.ts';

/** What the flags set. */
export interface StatusWish extends Pick<StatusContext, 'slowMs'> {
  /** How long a token may take. */
  readonly tokenMs: number;
  readonly json: boolean;
  /** Words that name the nodes to show; none: all. */
  readonly only: readonly string[];
}

/** What need not be found out again in each round. */
export interface Remembered {
  readonly digestOf: DigestOfFile;
  readonly unreadable: Map<string, DialectFacts>;
  readonly tokens: TokenRounds;
  readonly looks: Looks;
  readonly transfers: SeldomTransfers;
  /** What changes seldom and takes its time; null: nothing was asked yet. */
  seldom: { readonly atMs: number; readonly asked: ReturnType<typeof askSeldom> } | null;
}

/** With an answer of before at hand, a round waits no longer for the next. */
const TOKEN_PATIENCE_MS = 1_000;
const SELDOM_MS = 30_000;

export interface Look {
  readonly status: ClusterStatus;
  /** How old the token is that the status was made with. */
  readonly tokenAgeMs: number;
}

/** Servers are asked while hosts are: one that does not answer must not add its time to another's. */
export async function lookAt(session: Session, wish: StatusWish, remembered?: Remembered): Promise<Look> {
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
  let asked = askServers(before, open, session, wish, remembered);
  const seldom = seldomAsked(before, open, signal, remembered);
  const found = Promise.all([gathered, asked.health]);
  const waiting = wish.json || remembered !== undefined ? null : showWaiting(found, wish.tokenMs);
  try {
    const [facts] = await found;
    const ofFile = buildClusterView(deployment, inputs, facts);
    const clusterView = await viewOfDesired(ofFile, { open, signal, ask: gather });
    if (!isAskedAlike(ofFile, clusterView)) {
      asked.tokens.end();
      asked = askServers(clusterView, open, session, wish);
    }
    const health = await asked.health;
    const reason = hopelessReason(nodeStatuses(clusterView, { ...health, tokens: [], pairs: [] }));
    if (reason !== null) asked.tokens.end();
    const [{ dies, origins }, watcher] = await Promise.all([seldom, runningWatcher(deployment.file)]);
    const { answer, ageMs } = await asked.tokens.latest(TOKEN_PATIENCE_MS);
    const answers = { ...health, origins, ...answer };
    const answered = reason === null ? answers : withoutHope(answers, reason);
    const now = session.now();
    const looks = remembered?.looks ?? looksOf(session);
    const loads = instanceLoads(clusterView, health.metrics, await looks.before(now), now);
    await looks.add(health.metrics, now);
    const status = clusterStatus(clusterView, answered, { slowMs: wish.slowMs, dies, watcher, loads });
    const odd = recordFindings(deployment, facts, now);
    const warnings = [...status.warnings, ...odd.map((text) => ({ about: 'record' as const, of: [], text }))];
    return { status: { ...status, warnings }, tokenAgeMs: ageMs };
  } finally {
    waiting?.end();
  }
}

/** Kept by this machine for this cluster. */
export function looksOf({ stateFolder, deployment: { file, name } }: Session): Looks {
  return new Looks(stateFolder, { file, name });
}

function forgetful() {
  return { tokens: new TokenRounds(), transfers: new SeldomTransfers() };
}

/** All that servers are asked at once. @param remembered of the rounds before */
function askServers(
  clusterView: ClusterView,
  open: Session['pool']['open'],
  { signal, apiKey = async () => null }: Session,
  { tokenMs }: StatusWish,
  { tokens: rounds, transfers }: Pick<Remembered, 'tokens' | 'transfers'> = forgetful(),
) {
  const probesUntil = (tokenSignal: AbortSignal) => liveProbes(open, { signal, tokenSignal, tokenMs, apiKey });
  rounds.begin((ended) => {
    const probes = probesUntil(AbortSignal.any([signal, ended]));
    return askTokens(clusterView, { ...probes, transfers: transfers.seldom(probes.transfers) });
  });
  return { tokens: rounds, health: askHealth(clusterView, probesUntil(signal)) };
}

function seldomAsked(
  clusterView: ClusterView,
  open: Session['pool']['open'],
  signal: AbortSignal,
  remembered: Remembered | undefined,
): ReturnType<typeof askSeldom> {
  const before = remembered?.seldom ?? null;
  if (before !== null && performance.now() - before.atMs < SELDOM_MS) return before.asked;
  const asked = askSeldom(clusterView, open, signal);
  if (remembered !== undefined) remembered.seldom = { atMs: performance.now(), asked };
  return asked;
}

async function askSeldom(clusterView: ClusterView, open: Session['pool']['open'], signal: AbortSignal) {
  const [dies, origins] = await Promise.all([
    askDies(open, clusterView, signal),
    askOrigins(open, clusterView, signal),
  ]);
  return { dies, origins };
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
