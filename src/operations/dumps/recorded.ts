import type { LiveSwap } from '../../engines/liveSwap.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { runningPattern } from '../cluster/running.ts';
import type { DumpSource, Recorded } from './types.ts';

/** What a folder was recorded under whose engine swapped experts while it served: many maps. Null: it did not. */
export function swappedIn(
  stamp: string,
  files: readonly { readonly name: string }[],
  live: Pick<LiveSwap, 'firstSwap'> | undefined,
): Recorded | null {
  if (live === undefined || !files.some(({ name }) => name === `${stamp}/${live.firstSwap}`)) return null;
  return { pattern: null, dynamic: null, because: SWAPPED };
}

export const SWAPPED =
  'its experts were swapped while it served, which balance --watch goes on with; a restart begins anew';

/** A folder is made at the engine's start: the newest one is of the servers that run, if they dump at all. */
export function recordedUnder(
  clusterView: ClusterView,
  { node, placed }: Pick<DumpSource, 'node' | 'placed'>,
  isNewest: boolean,
): Recorded {
  const unknown = (because: string): Recorded => ({ pattern: null, dynamic: null, because });
  if (!isNewest) return unknown('it was recorded before the servers that run now were started');
  if (!placed.enabled || !placed.isRecording)
    return unknown('the deployment has dumps off: an earlier one recorded it');
  return runningPattern(clusterView, node);
}
