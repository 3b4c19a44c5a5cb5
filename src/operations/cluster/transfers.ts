import type { Emit } from '../../runner/event.ts';
import type { OpenHost } from '../../transport/host.ts';
import { FanOut } from '../../transport/large/fanOut.ts';
import { Transfers } from '../../transport/large/transfers.ts';
import { RateLimit } from '../../transport/rate.ts';

/** How a run's large files shall travel. */
export interface TransferWish {
  /** Bytes a second for all hosts together; null: as fast as it goes. */
  readonly limitRate: number | null;
  /** Hosts pass them on to each other. */
  readonly fanOut: boolean;
}

export const PLAINLY: TransferWish = { limitRate: null, fanOut: false };

/** What the transfers of a run share. Close it when the run has ended. */
export function transfersOf(
  wish: TransferWish,
  open: OpenHost,
  { emit, nowMs }: { readonly emit: Emit; readonly nowMs: () => number },
): Transfers {
  const notice = (text: string): void => emit({ kind: 'notice', atMs: nowMs(), level: 'info', text });
  const limit = wish.limitRate === null ? null : new RateLimit(wish.limitRate);
  return new Transfers(open, limit, wish.fanOut ? new FanOut(open, notice) : null);
}
