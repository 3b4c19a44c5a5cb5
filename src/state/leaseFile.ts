import { parseLoosely } from '../files/parseJson.ts';
import { type Lease, LeaseShape } from './state.gen.ts';

export type { Lease } from './state.gen.ts';

const MAX_TTL_S = 600; // s; omniplace never writes more

/** Null: it is not held. What can't be read holds nothing: a torn file must not lock for ever. What only people read may be missing. */
export function parseLease(text: string | null | undefined): Lease | null {
  const lease = parseLoosely(text, LeaseShape);
  return lease && { ...lease, ttl: Math.min(lease.ttl, MAX_TTL_S) };
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
