import type { Tag } from '../plan/tags.ts';
import type { FailureLimit } from './context.ts';

/** Hosts by their outcome so far; a host in both has failed. */
export interface Casualties {
  /** A step of theirs failed. */
  readonly failed: ReadonlySet<string>;
  /** They could not be reached, or were lost on the way. */
  readonly unreachable: ReadonlySet<string>;
}

/**
 * Why a run ends after a phase; null: it continues. The table of all cases is in docs/reliability.md.
 * A failed host counts wherever it failed in the run; one that was lost counts too, but is not an error of a phase.
 * @param numHosts hosts that the run has steps for
 */
export function reasonToStop(
  tag: Tag,
  failedNow: ReadonlySet<string>,
  sofar: Casualties,
  numHosts: number,
  policy: FailureLimit,
): string | null {
  if (failedNow.size > 0 && isFatal(tag, policy)) return `${tag} failed on ${[...failedNow].join(', ')}`;
  if (policy.onFailure === 'continue') return null;
  const lost = [...sofar.unreachable].filter((host) => !sofar.failed.has(host));
  if (sofar.failed.size + lost.length <= hostsThatMayFail(policy.maxFail, numHosts)) return null;
  const words = [
    ...(sofar.failed.size === 0 ? [] : [`failed on ${[...sofar.failed].join(', ')}`]),
    ...(lost.length === 0 ? [] : [`lost ${lost.join(', ')}`]),
  ];
  return `${tag} ${words.join('; ')}`;
}

/** A percentage must be exceeded, as a number must: 25% of 10 hosts are 2. */
export function hostsThatMayFail(maxFail: FailureLimit['maxFail'], numHosts: number): number {
  return typeof maxFail === 'number' ? maxFail : Math.floor((maxFail.percent * numHosts) / 100);
}

/** Preflight is a gate: unless failures are to be passed over, nothing is touched when one host is unfit. */
function isFatal(tag: Tag, { anyErrorsFatal = null, onFailure }: FailureLimit): boolean {
  if (anyErrorsFatal === 'all') return true;
  if (anyErrorsFatal === null) return tag === 'preflight' && onFailure === 'stop';
  return anyErrorsFatal.includes(tag);
}
