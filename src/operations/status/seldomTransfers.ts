import type { TransferFindings } from '../../facts/transfers/proveTransfers.ts';
import type { StatusProbes } from './askServers.ts';

/** Between two proofs of a watch: each sends a prompt to every pair of servers. */
const SELDOM_MS = 30_000;

/** Whether KV caches are transferred, found out again only once what is known is old. */
export class SeldomTransfers {
  #last: { readonly asked: string; readonly found: TransferFindings; readonly atMs: number } | null = null;

  constructor(private readonly nowMs = () => performance.now()) {}

  seldom(ask: StatusProbes['transfers']): StatusProbes['transfers'] {
    return async (request) => {
      const asked = JSON.stringify(request);
      if (this.#last?.asked === asked && this.nowMs() - this.#last.atMs < SELDOM_MS) return this.#last.found;
      const found = await ask(request);
      this.#last = { asked, found, atMs: this.nowMs() };
      return found;
    };
  }
}
