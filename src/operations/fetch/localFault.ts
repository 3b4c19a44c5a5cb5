import { TransportError } from '../../transport/host.ts';
import { FetchError } from './types.ts';

/** What this machine can't do for a fetch, in words: `work` writes below the folder `into`. */
export async function written<T>(into: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw localFault(error, into);
  }
}

export function localFault(fault: unknown, into: string): Error {
  if (fault instanceof FetchError || fault instanceof TransportError || !(fault instanceof Error))
    return fault as Error;
  const code = (fault as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'free some space, or name another folder with --out; what is here already is kept';
    return new FetchError('no-room', `no room here: ${into} filled up`, hint, { cause: fault });
  }
  return new FetchError('local', `can't write below ${into}: ${fault.message}`, null, { cause: fault });
}
