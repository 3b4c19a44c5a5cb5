import type { CoreRequest, CoreResult, CoreState } from '../core/engineCore.ts';

/** A rank of another process, to the first process of the instance. */
export type FromRank =
  | { hello: { rank: number; headless: boolean } }
  | { ready: { hash: string } }
  | { token: { id: string; word: string } }
  | { finished: { id: string; result: CoreResult; state: CoreState } };

/** The first process, to a rank of another one. */
export type FromFront = { go: true } | { run: CoreRequest } | { abort: string };
