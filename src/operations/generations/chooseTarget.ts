import type { Kept } from '../../state/kept.ts';
import { desiredOnHosts, lastRun, type Remembered } from './desiredOnHosts.ts';

/** What one host keeps, as far as the choice needs it. */
export type Keeping = Remembered & { readonly kept: readonly Kept[] };

/**
 * The generation to go back to, or in words why there is none.
 * @param wanted a run's id, or a generation, or the beginning of one; null: what served before what should run now
 */
export function chooseTarget(found: readonly Keeping[], wanted: string | null): Kept | string {
  const everywhere = keptEverywhere(found);
  if (everywhere.length === 0) return 'no generation that served is kept on the hosts: nothing to go back to';
  const list = everywhere.map(({ run, generation }) => `run ${run} (generation ${generation.slice(0, 12)})`).join(', ');
  if (wanted !== null) {
    const matching = everywhere.filter(
      ({ run, generation }) => run.startsWith(wanted) || generation.startsWith(wanted),
    );
    return matching.length === 1
      ? matching[0]!
      : `no generation of run ${wanted} is kept on every host; there is ${list}`;
  }
  const desired = desiredOnHosts(found);
  const run = lastRun(found);
  const named = (generation: string) => everywhere.find((each) => each.generation === generation);
  // hosts of an older omniplace remember no more than the last run
  if (desired === null)
    return (
      everywhere.filter(({ generation }) => generation !== run?.generation).at(-1) ??
      `only what is there now is kept: ${list}`
    );
  const isUnfinished = run?.command === 'rollback' && (run.state === 'running' || run.state === 'interrupted');
  const isUndesired = run !== null && run.generation !== desired.generation;
  const here = isUnfinished || isUndesired ? named(desired.generation) : undefined;
  const before = desired.way.map(named).find((each) => each !== undefined);
  return here ?? before ?? `nothing older than what is there now is kept: ${list}`;
}

/** In the order in which they served, as the first host with a list has it. */
export function keptEverywhere(found: readonly Pick<Keeping, 'kept'>[]): readonly Kept[] {
  const lists = found.filter(({ kept }) => kept.length > 0);
  return (lists[0]?.kept ?? []).filter(({ generation }) =>
    lists.every(({ kept }) => kept.some((other) => other.generation === generation)),
  );
}
