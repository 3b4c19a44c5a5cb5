import { utc } from '../files/durations.ts';
/** The lock on a cluster, as stored on each of its hosts. `id` is globally unique to one process. */
export interface Lease {
  readonly id: string;
  /** `user@machine` */
  readonly owner: string;
  /** Name of the controller's machine. */
  readonly host: string;
  readonly pid: number;
  /** What proves that the owner is dead, to those on its machine: boot id and process namespace; null: nothing does. */
  readonly boot: string | null;
  /** Start of the process in clock ticks since boot; null: not known. */
  readonly started: number | null;
  readonly run: string;
  /** `serve` */
  readonly command: string;
  /** When it was taken, by the owner's clock: for people to read, never to compare. */
  readonly since: string;
  /** Raised by the owner while it lives. */
  readonly seq: number;
  /** Seconds without a change of `seq` before another run may take over. */
  readonly ttl: number;
  /** One more than the lease before it on this host: what carries an older one is refused. */
  readonly token: number;
}

/** Null: it is not held. What can't be read holds nothing: a torn file must not lock for ever. What only people read may be missing. */
export function parseLease(text: string | null | undefined): Lease | null {
  try {
    const lease = JSON.parse(text ?? '') as Readonly<Partial<Record<keyof Lease, unknown>>>;
    const { id, seq, ttl, token } = lease;
    if (typeof id !== 'string' || !isCount(seq) || !isCount(token) || typeof ttl !== 'number' || !(ttl > 0))
      return null;
    const said = (key: keyof Lease) => (typeof lease[key] === 'string' ? lease[key] : '?');
    return {
      id,
      owner: said('owner'),
      host: said('host'),
      pid: isCount(lease.pid) ? lease.pid : 0,
      boot: typeof lease.boot === 'string' ? lease.boot : null,
      started: isCount(lease.started) ? lease.started : null,
      run: said('run'),
      command: said('command'),
      since: said('since'),
      seq,
      // an owner with a longer one is not omniplace
      ttl: Math.min(ttl, 600),
      token,
    };
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** `id` is first and `token` last: templates/lease.sh relies on that. */
export function leaseText(lease: Lease): string {
  return `${leaseHead(lease)},"seq":${lease.seq},"ttl":${lease.ttl},"token":${lease.token}}`;
}

/** All but what a host decides when it grants it. */
export function leaseHead({ id, owner, host, pid, boot, started, run, command, since }: LeaseWish): string {
  return JSON.stringify({ id, owner, host, pid, boot, started, run, command, since }).slice(0, -1);
}

export type LeaseWish = Omit<Lease, 'seq' | 'token'>;

/** `root@build1 (serve, run 20261121-225823-1a2b, process 4711 of build1, since 2026-11-21 22:58:23 UTC)` */
export function holderText({ owner, command, run, pid, host, since }: Lease): string {
  return `${owner} (${command}, run ${run}, process ${pid} of ${host}, since ${utc(since)})`;
}
