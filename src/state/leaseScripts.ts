import template from '../../templates/lease.sh';
import { quote, quoteWord } from '../shell/quote.ts';
import { type Lease, type LeaseWish, leaseHead, leaseText } from './leaseFile.ts';

/** Exit code of a script that found itself fenced off. */
export const FENCED_CODE = 75;
export const FENCED_WORD = 'omniplace-fenced';

/** @param dead `ID/SEQ` or `ID/any` of leases whose owners are dead */
export function takeScript(
  folder: string,
  wish: LeaseWish,
  runs: { readonly planned: string; readonly next: string },
  dead: readonly string[],
): string {
  const head = `${leaseHead(wish)},"seq":1,"ttl":${wish.ttl},`;
  return call(folder, ['take', head, runs.planned, runs.next, ...dead]);
}

export function beatScript(folder: string, lease: Lease): string {
  return call(folder, ['beat', lease.id, String(lease.token), leaseText(lease)]);
}

/** @param run what becomes the last run; empty: there was none */
export function releaseScript(folder: string, id: string, run: string): string {
  return call(folder, ['release', id, run]);
}

/** Removes a lease, whatever its owner. */
export function freeScript(folder: string, id: string): string {
  return call(folder, ['free', id]);
}

export function lookScript(lease: string): string {
  return `cat -- ${quoteWord(lease)} 2>/dev/null || :`;
}

/**
 * Precedes every command of a run on a host: it ends once the host's lease is another. One process, so that a
 * poll stays cheap; what runs behind it is known by the lease, so that who takes over can end it.
 */
export function fence(leasePath: string, id: string, token: number): string {
  const path = quoteWord(leasePath);
  const read = `sed -n '1s/^{"id":"\\([^" ]*\\)".*"token":\\([0-9]*\\)}$/\\1 \\2/p' ${path} 2>/dev/null`;
  return `[ "$(${read})" = ${quoteWord(`${id} ${token}`)} ] || { echo ${FENCED_WORD} >&2; cat ${path} >&2; exit ${FENCED_CODE}; }
export OMNIPLACE_RUN=${quoteWord(id)}
`;
}

function call(folder: string, argv: readonly string[]): string {
  return `folder=${quoteWord(folder)}\n${template}\n${quote(argv)}`;
}
