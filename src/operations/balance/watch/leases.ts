import type { Lease } from '../../../state/leaseFile.ts';
import { isProvablyDead } from '../../../state/thisProcess.ts';

/**
 * Whether somebody changes the cluster, as far as single looks can tell: a lease whose sequence stood still for its `ttl`, by
 * our clock alone, is a dead one's.
 */
export class SeenLeases {
  readonly #seen = new Map<string, { readonly mark: string; readonly sinceMs: number }>();

  constructor(private readonly nowMs: () => number) {}

  /** Null: nobody does. */
  holder(host: string, lease: Lease | null): Lease | null {
    if (lease === null || isProvablyDead(lease)) {
      this.#seen.delete(host);
      return null;
    }
    const mark = `${lease.id}/${lease.seq}`;
    const before = this.#seen.get(host);
    const since = before?.mark === mark ? before.sinceMs : this.nowMs();
    this.#seen.set(host, { mark, sinceMs: since });
    return this.nowMs() - since > lease.ttl * 1000 ? null : lease;
  }
}
