import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { NO_OVERLAY } from '../../../balancing/overlay.ts';
import { type BalanceTarget, balanceTargets } from '../../../balancing/targets.ts';
import type { InstanceRound, WatchRound } from '../../../balancing/watchRound.ts';
import type { WatchState } from '../../../balancing/watchState.ts';
import type { Deployment } from '../../../deployment/deployment.ts';
import { engineOf } from '../../../engines/index.ts';
import { topologyOf } from '../../../engines/topologyOf.ts';
import { EXIT } from '../../../errors/exitCodes.ts';
import { UserError } from '../../../errors/userError.ts';
import { clusterPaths } from '../../../topology/paths.ts';
import type { ClusterView } from '../../cluster/clusterView.ts';
import { readOverlay } from '../../cluster/overlay.ts';
import { recordingControlOf } from '../../cluster/recordingControl.ts';
import { dumpSources } from '../../dumps/index.ts';
import { balance } from '../balance.ts';
import { lockWatch } from '../folderLock.ts';
import type { BalanceContext } from '../types.ts';
import { SeenLeases } from './leases.ts';
import { NightlyRestart } from './nightlyRestart.ts';
import { patternServed } from './pattern.ts';
import { type Memory, newMemory, type RoundContext, type Watched, watchInstance } from './round.ts';
import { readWatchState, StateOnDisk } from './store.ts';
import type { WatchChoices } from './types.ts';

export interface WatchEnd {
  readonly rounds: number;
  readonly durationMs: number;
  readonly state: WatchState;
}

/**
 * Looks at every instance each interval, and moves experts where that pays, until it is interrupted or has looked `rounds`
 * times. All that it goes by is on disk after each round.
 */
export async function watch(
  context: BalanceContext,
  choices: WatchChoices,
  options: { readonly rounds: number; readonly onRound: (round: WatchRound) => void | Promise<void> },
): Promise<WatchEnd> {
  const startedMs = context.nowMs();
  const asBegun = await context.load(NO_OVERLAY);
  const deployment = await context.load((await readOverlay(context.file)) ?? NO_OVERLAY);
  const topology = topologyOf(deployment);
  const engine = engineOf(deployment.engine);
  const { windowS } = recordingControlOf(engine).recorded;
  const { targets, watched, passedOver } = whatToWatch({ engine, topology }, choices);
  const unlock = await lockWatch(context.file);
  let rounds = 0;
  try {
    for (const reason of passedOver) context.say(`passed over: ${reason}`);
    const store = new StateOnDisk(context.file, await readWatchState(context.file, topology.cluster));
    const turn = new NightlyRestart(
      targets,
      choices,
      context,
      async (role) => (await balance(context, { ...choices.restart, role })).targets,
      store,
    );
    const memories = new Map(watched.map(({ name }) => [name, newMemory(context.nowMs(), windowS)]));
    const leases = new SeenLeases(context.nowMs);
    const round: RoundContext = {
      open: context.pool.open,
      signal: context.signal,
      nowMs: context.nowMs,
      leases,
      leaseFile: clusterPaths(deployment.statePath, topology.cluster).lease,
      patternOf: (one, observation) => patternServed(one, observation, context),
      keep: (name, state) => store.keep(name, state),
    };
    while (!context.signal.aborted && rounds < options.rounds) {
      const beganMs = context.nowMs();
      const unread = await whyUnread(asBegun, context);
      const instances = unread === null ? await lookAtAll(watched, store, memories, round) : [];
      if (instances === null) break;
      const problems = unread === null ? await saved(instances, store) : [unread];
      rounds += 1;
      const told = { at: context.now().toISOString(), round: rounds, instances, restarts: [], problems };
      await options.onRound({ ...told, durationMs: Math.round(context.nowMs() - beganMs) });
      if (unread === null) await rollOut(turn, instances, { ...told, durationMs: 0 }, options.onRound);
      const restMs = choices.intervalMs - (context.nowMs() - beganMs);
      if (rounds < options.rounds)
        await pause(Math.max(0, restMs), undefined, { signal: context.signal }).catch(() => undefined);
    }
    return { rounds, durationMs: context.nowMs() - startedMs, state: store.state };
  } finally {
    await unlock();
  }
}

/** What takes a restart is told when it is done, in a round of its own. */
async function rollOut(
  turn: NightlyRestart,
  instances: readonly InstanceRound[],
  round: WatchRound,
  onRound: (round: WatchRound) => void | Promise<void>,
): Promise<void> {
  const { restarts, problems } = await turn.take(instances);
  if (restarts.length + problems.length > 0) await onRound({ ...round, instances: [], restarts, problems });
}

/**
 * Why the deployment file can't be read now, while somebody edits it, say: nothing moves then. Null: it says what it said as the
 * watch began.
 * @throws UserError where it says something else: hosts, logins and what serves may all be others
 */
async function whyUnread(asBegun: Deployment, context: BalanceContext): Promise<string | null> {
  let now: Deployment;
  try {
    now = await context.load(NO_OVERLAY);
  } catch (error) {
    return `${context.file} can't be read, and nothing moves until it can: ${(error as Error).message}`;
  }
  if (isDeepStrictEqual(now, asBegun)) return null;
  throw new UserError('deployment_changed', `${context.file} was changed since it is watched.`, {
    hint: 'Watch it again: windows, rests and counts go on from where they are.',
    exitCode: EXIT.stepFailed,
  });
}

/** Null: interrupted. */
async function lookAtAll(
  watched: readonly Watched[],
  { state }: StateOnDisk,
  memories: ReadonlyMap<string, Memory>,
  context: RoundContext,
): Promise<readonly InstanceRound[] | null> {
  try {
    return await Promise.all(
      watched.map((one) => watchInstance(one, state.instances[one.name], memories.get(one.name)!, context)),
    );
  } catch (error) {
    if (!context.signal.aborted) throw error;
    return null;
  }
}

/** Puts what changed on disk. A disk that takes nothing is no reason to stop looking. @returns why it could not be written */
async function saved(rounds: readonly InstanceRound[], store: StateOnDisk): Promise<readonly string[]> {
  const before = store.state.instances;
  if (rounds.every(({ name, state }) => state === before[name])) return [];
  const after = Object.fromEntries(rounds.map(({ name, state }) => [name, state]));
  try {
    await store.put({ ...store.state, instances: { ...before, ...after } });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [error.message];
  }
}

function whatToWatch(
  cluster: Pick<ClusterView, 'engine' | 'topology'>,
  choices: WatchChoices,
): {
  readonly targets: readonly BalanceTarget[];
  readonly watched: readonly Watched[];
  readonly passedOver: readonly string[];
} {
  const experts = recordingControlOf(cluster.engine);
  const { live, recorded } = experts;
  const { targets: all, problems } = balanceTargets(cluster.topology, choices.role, experts);
  const silent = all.filter(({ placed }) => !placed.isRecording || placed.recordFolder === null);
  const targets = all.filter((target) => !silent.includes(target));
  const passedOver = [
    ...problems,
    ...silent.map(
      ({ name }) => `${name}: its dumps are off; omniplace balance turns them on, and restarts it for that`,
    ),
  ];
  if (targets.length === 0) throw new UserError('nothing_to_balance', passedOver.join('\n'));
  const watched = targets.flatMap((target) => {
    const { sources, problems: mixed } = dumpSources(cluster, new Set(target.instances.flatMap(({ nodes }) => nodes)));
    if (mixed.length > 0) throw new UserError('dumps_mixed', mixed.join('\n'));
    return sources.map(({ name, node, dumpDir, instance }): Watched => {
      const { ranksPerHost, placed } = target;
      const { windows: episodes, seed, expertShare, kind } = choices.restart;
      const rules = {
        ...choices,
        split: placed.split,
        ranksPerHost,
        episodes,
        seed,
        expertShare,
        maySpare: kind !== 'rearrange',
      };
      const { host, container } = node;
      const where = { host, container, dumpDir };
      return { name, target: target.name, ...where, ranks: instance.numRanks, recorded, live, rules };
    });
  });
  return { targets, watched, passedOver };
}
