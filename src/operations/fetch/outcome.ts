import { TransportError } from '../../transport/host.ts';
import { FetchError } from './types.ts';

/** A fetch's result, or its problem in words: what one host can't give must not keep the others'. Bugs are thrown on. */
export async function fetchOutcome<T>(
  fetching: Promise<T>,
): Promise<{ result: T | null; problem: string | null; unreachable: boolean }> {
  try {
    return { result: await fetching, problem: null, unreachable: false };
  } catch (error) {
    const isUnreachable = error instanceof TransportError;
    if (!isUnreachable && !(error instanceof FetchError)) throw error;
    const hint = error.hint === null ? '' : ` (${error.hint})`;
    return { result: null, problem: `${error.message}${hint}`, unreachable: isUnreachable };
  }
}
