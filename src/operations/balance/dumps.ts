import { join } from 'node:path';
import type { BalanceTarget } from '../../balancing/targets.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { UserError } from '../../errors/userError.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { type RecordingControl, recordingControlOf } from '../cluster/recordingControl.ts';
import { dumpSources, fetchDumps, type InstanceDumps, type Recorded, SWAPPED } from '../dumps/index.ts';

/** The newest windows of one instance, here and verified. */
export interface NewestFolder {
  /** The folder here. */
  readonly path: string;
  /** What they are of, and where: `D0 10.0.0.5:/data/dump/20261122_001500`. */
  readonly where: string;
  /** Windows in the order of time. */
  readonly files: readonly { readonly name: string; readonly step: number }[];
  /** A window that is not whole, and why; null: all are. */
  readonly damage: string | null;
}

/** @throws UserError where the windows of a target's instances could not be told from those of others */
export function refuseMixed(deployment: Deployment, { instances }: BalanceTarget): void {
  const cluster = { engine: engineOf(deployment.engine), topology: topologyOf(deployment) };
  const { problems } = dumpSources(cluster, new Set(instances.flatMap(({ nodes }) => nodes)));
  if (problems.length > 0) throw new UserError('dumps_mixed', `${problems.join('\n')}. Nothing was changed.`);
}

/**
 * Brings the newest windows of each of a target's instances here.
 * @throws UserError for windows that are of something else than the instances as they are now
 */
export async function fetchNewest(
  open: Parameters<typeof fetchDumps>[0],
  clusterView: ClusterView,
  target: BalanceTarget,
  { out, atMost, signal }: { readonly out: string; readonly atMost: number; readonly signal: AbortSignal },
): Promise<NewestFolder[]> {
  const { sources } = dumpSources(clusterView, new Set(target.instances.flatMap(({ nodes }) => nodes)));
  const fetched = await fetchDumps(open, clusterView, sources, {
    out,
    all: false,
    atMost,
    signal,
    onProgress: () => {},
  });
  const failed = fetched.filter(({ problem }) => problem !== null);
  if (failed.length > 0)
    throw new UserError(
      'fetch_failed',
      failed.map(({ name, host, problem }) => `${name} ${host}: ${problem}`).join('\n'),
    );
  const experts = recordingControlOf(clusterView.engine);
  return fetched.map((dumps) => newestOf(dumps, experts));
}

function newestOf({ name, host, into, result }: InstanceDumps, experts: RecordingControl): NewestFolder {
  const { folders, files, dumpDir, problems } = result!.manifest;
  const newest = folders.at(-1);
  if (newest === undefined) return { path: into, where: `${name} ${host}:${dumpDir}`, files: [], damage: null };
  const { stamp } = newest;
  const where = `${name} ${host}:${dumpDir}/${stamp}`;
  refuseUnusable(where, newest.recorded, experts);
  const foreign = newest.problems.find(({ spoils }) => spoils === 'folder');
  if (foreign)
    throw new UserError('foreign_dump', `${where}: ${foreign.message}. Nothing was changed.`, {
      hint: `Is ${experts.recorded.folderKey} a folder of this instance alone? Remove what is not its own there, and let it record anew.`,
    });
  const damaged = newest.problems.find(({ spoils }) => spoils === 'window');
  const [unfetched] = problems;
  const { windows } = experts.recorded.codec.plan(
    stamp,
    files.flatMap((file) => (file.name.startsWith(`${stamp}/`) ? file.name.slice(stamp.length + 1) : [])),
  );
  return {
    path: join(into, stamp),
    where,
    files: windows.map(({ file, recordStep }) => ({ name: file, step: recordStep })),
    damage: damaged
      ? `${name} ${host}:${dumpDir}/${damaged.file} ${damaged.message}`
      : unfetched === undefined
        ? null
        : `${name} ${host}:${dumpDir}/${unfetched}`,
  };
}

function refuseUnusable(
  where: string,
  { pattern, dynamic, because }: Recorded,
  { dynamicKey }: RecordingControl,
): void {
  if (pattern === null)
    throw new UserError(
      'recorded_under_unknown',
      `${where}: what its windows were recorded under is not known: ${because}. Nothing was changed.`,
      {
        hint:
          because === SWAPPED
            ? 'Go on with omniplace balance --watch, or restart the servers (omniplace restart) and let them record anew.'
            : 'Bring the servers to what the deployment says (omniplace serve), and let them record anew.',
      },
    );
  if (dynamic)
    throw new UserError(
      'recorded_dynamic',
      `${where}: its windows were recorded while experts moved (${dynamicKey}): their columns changed their meaning. Nothing was changed.`,
    );
}
