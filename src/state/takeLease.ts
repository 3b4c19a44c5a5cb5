import { EXIT } from '../errors/exitCodes.ts';
import { type OpenHost, TransportError } from '../transport/host.ts';
import { HostsChanged, LeaseFailed, LeaseHeld } from './leaseErrors.ts';
import { type Lease, type LeaseWish, parseLease } from './leaseFile.ts';
import { lookScript, releaseScript, takeScript } from './leaseScripts.ts';
import { parseRunFact } from './runFact.ts';
import { isProvablyDead } from './thisProcess.ts';

export interface LeaseRequest {
  readonly wish: LeaseWish;
  readonly cluster: string;
  /** The deployment file, for messages. */
  readonly file: string;
  /** Absolute, on every host. */
  readonly folder: string;
  readonly hosts: readonly LeaseHost[];
  /** What becomes each host's last run. */
  readonly run: string;
  /** Called before another run's lease is watched, which takes a while. */
  readonly onWatch?: (lease: Lease, host: string) => void;
  /**
   * The work may be done without a lease on a host that can't write one: its disk is full, or takes no files. No other run can
   * have one there either. Called with why; absent: such a host fails the whole.
   */
  readonly onWithout?: (host: string, reason: string) => void;
}

export interface LeaseHost {
  readonly address: string;
  /** Text of its last run when the plan was made; empty: none. */
  readonly plannedRun: string;
}

/** The clock used to wait for a lease: monotonic, and only of this machine. */
export interface LeaseClock {
  readonly nowMs: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0..1 */
  readonly random: () => number;
}

/** Token by address; null: its host can't hold a lease, and is worked on without one. */
export type Tokens = ReadonlyMap<string, number | null>;

const DEADLINE_MS = 20_000;
/** How often a lease that is in the way is looked at. */
const LOOK_MS = 1_000;
const RETRIES = 3;
/** Of templates/lease.sh: the host's disk does not take it. */
const UNWRITABLE_CODE = 73;

/**
 * Takes the lease on every host, the lowest address first as the arbiter, all or none. If another run holds it, what its
 * owner does is watched: if it raises the sequence, it lives; if not for its `ttl`, by our own clock, it is dead.
 * @throws LeaseProblem
 */
export async function takeLease(
  open: OpenHost,
  request: LeaseRequest,
  clock: LeaseClock,
  signal: AbortSignal,
): Promise<Tokens> {
  const hosts = [...request.hosts].sort((a, b) => compareAddresses(a.address, b.address));
  const dead = new Map<string, Seen>();
  for (let retries = 0; ; ) {
    const taken = new Map<string, number | null>();
    const conflict = await takeAll({ open, request, dead, taken, signal }, hosts);
    if (conflict === null) return taken;
    await giveBack(open, request, hosts, taken);
    if (conflict.kind === 'failed') throw conflict.error;
    if (conflict.kind === 'changed') throw new HostsChanged(conflict.host, parseRunFact(conflict.run));
    const { host, lease } = conflict;
    if (host !== hosts[0]?.address && retries < RETRIES && !isProvablyDead(lease)) {
      // two that began at different hosts give way to each other
      retries += 1;
      await clock.pause(100 + 400 * clock.random(), signal);
      continue;
    }
    if (!isProvablyDead(lease)) request.onWatch?.(lease, host);
    if (!isProvablyDead(lease)) await watch({ open, request, signal }, host, lease, clock);
    dead.set(lease.id, { host, seq: isProvablyDead(lease) ? -1 : lease.seq });
  }
}

type Conflict =
  | { readonly kind: 'held'; readonly host: string; readonly lease: Lease }
  | { readonly kind: 'changed'; readonly host: string; readonly run: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** One round over all hosts. */
interface Attempt {
  readonly open: OpenHost;
  readonly request: LeaseRequest;
  /** Leases of the dead, by id: `ID/SEQ` where it was seen, and what it left on other hosts. */
  readonly dead: ReadonlyMap<string, Seen>;
  /** Filled with what is granted. */
  readonly taken: Map<string, number | null>;
  readonly signal: AbortSignal;
}

interface Seen {
  readonly host: string;
  readonly seq: number;
}

/** The arbiter, then the others side by side. Null: all granted it. */
async function takeAll(attempt: Attempt, [arbiter, ...others]: readonly LeaseHost[]): Promise<Conflict | null> {
  if (arbiter === undefined) return null;
  const take = (host: LeaseHost) => takeOne(attempt, host);
  const first = await take(arbiter);
  if (first !== null) return first;
  const conflicts = (await Promise.all(others.map(take))).filter((conflict) => conflict !== null);
  return conflicts.find(({ kind }) => kind === 'failed') ?? conflicts[0] ?? null;
}

async function takeOne(
  { open, request, dead, taken, signal }: Attempt,
  { address, plannedRun }: LeaseHost,
): Promise<Conflict | null> {
  const { folder, wish, run, onWithout } = request;
  try {
    const host = await open(address, signal);
    const claims = [...dead].map(([id, seen]) =>
      seen.host === address && seen.seq >= 0 ? `${id}/${seen.seq}` : `${id}/any`,
    );
    const script = takeScript(folder, wish, { planned: plannedRun, next: run }, claims);
    const said = await host.run(script, { signal, deadlineMs: DEADLINE_MS });
    const [verdict = '', ...rest] = said.stdout.split('\n');
    if (verdict.startsWith('taken ')) taken.set(address, Number(verdict.slice('taken '.length)));
    if (verdict.startsWith('taken ') && said.code === 0) return null;
    const lease = verdict === 'held' ? parseLease(rest.join('\n')) : null;
    if (lease !== null) return { kind: 'held', host: address, lease };
    if (verdict === 'changed') return { kind: 'changed', host: address, run: rest.join('\n').trim() };
    const words = said.ended === 'exit' ? said.stderr.trim().split('\n').slice(-3).join('; ') : said.ended;
    if (onWithout !== undefined && said.code === UNWRITABLE_CODE) {
      const found = parseLease((await host.run(lookScript(`${folder}/lease`), { signal })).stdout);
      if (found !== null && !dead.has(found.id)) return { kind: 'held', host: address, lease: found };
      taken.set(address, null);
      onWithout(address, words);
      return null;
    }
    const hint = `See to ${folder} on ${address}: it must take files.`;
    return { kind: 'failed', error: new LeaseFailed(address, words || `exit code ${said.code}`, hint) };
  } catch (error) {
    if (!(error instanceof TransportError)) return { kind: 'failed', error };
    return {
      kind: 'failed',
      error: new LeaseFailed(address, error.message, error.hint ?? 'Bring it back, then run again.', EXIT.unreachable),
    };
  }
}

async function giveBack(
  open: OpenHost,
  { folder, wish }: LeaseRequest,
  hosts: readonly LeaseHost[],
  taken: Tokens,
): Promise<void> {
  const giving = hosts.map(async ({ address, plannedRun }) => {
    if (taken.get(address) == null) return;
    const host = await open(address);
    await host.run(releaseScript(folder, wish.id, plannedRun), { deadlineMs: DEADLINE_MS });
  });
  // what can't be released no longer changes, and is free after its ttl
  await Promise.allSettled(giving);
}

/** Resolves once the owner has not moved for its ttl. @throws LeaseHeld when it lives, or another took its place */
async function watch(
  { open, request, signal }: Pick<Attempt, 'open' | 'request' | 'signal'>,
  address: string,
  lease: Lease,
  clock: LeaseClock,
): Promise<void> {
  const { folder, cluster, file } = request;
  const begunMs = clock.nowMs();
  const ttlMs = lease.ttl * 1000;
  const host = await open(address, signal);
  while (clock.nowMs() - begunMs < ttlMs) {
    await clock.pause(Math.min(LOOK_MS, ttlMs / 4), signal);
    const said = await host.run(lookScript(`${folder}/lease`), { signal, deadlineMs: DEADLINE_MS });
    if (signal.aborted) signal.throwIfAborted();
    if (said.ended !== 'exit') continue;
    const now = parseLease(said.stdout);
    if (now === null) throw new LeaseHeld(lease, address, 'it has just ended', cluster, file);
    if (now.id !== lease.id) throw new LeaseHeld(now, address, 'it has just begun', cluster, file);
    if (now.seq !== lease.seq) {
      const seconds = ((clock.nowMs() - begunMs) / 1000).toFixed(1);
      throw new LeaseHeld(
        now,
        address,
        `it lives (${seconds} s ago it was at ${lease.seq}, now at ${now.seq})`,
        cluster,
        file,
      );
    }
  }
}

/** As numbers: 10.0.0.9 comes before 10.0.0.10. */
export function compareAddresses(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at < 0 ? 0 : left[at]! - right[at]!;
}
