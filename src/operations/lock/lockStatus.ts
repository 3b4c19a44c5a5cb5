import { setTimeout as pause } from 'node:timers/promises';
import type { Deployment } from '../../deployment/deployment.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { type Lease, parseLease } from '../../state/leaseFile.ts';
import { freeScript, lookScript } from '../../state/leaseScripts.ts';
import { isProvablyDead } from '../../state/thisProcess.ts';
import { clusterPaths } from '../../topology/paths.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';

export interface LockStatus {
  readonly cluster: string;
  /** Null: nobody holds it. */
  readonly lease: Lease | null;
  /** `dead`: its process is gone from this machine. `still`: its sequence did not move for `watchedS`. */
  readonly owner: 'lives' | 'dead' | 'still' | null;
  /** Seconds it was watched for, by this machine's clock. */
  readonly watchedS: number;
  readonly hosts: readonly HostLock[];
}

export interface HostLock {
  readonly host: string;
  readonly lease: Lease | null;
  /** Null: the host answered. */
  readonly problem: string | null;
}

const LOOK_MS = 500;
const LOOK_DEADLINE_MS = 10_000;
/** The last line of a whole answer. */
const LOOKED = 'looked';

/** Who holds the cluster, on which hosts, and whether he lives: an owner who does raises his sequence every third of its ttl. */
export async function lockStatus(deployment: Deployment, open: OpenHost, signal: AbortSignal): Promise<LockStatus> {
  const begunMs = performance.now();
  const passedS = () => (performance.now() - begunMs) / 1000;
  const first = await look(deployment, open, signal);
  const lease = first.find((host) => host.lease !== null)?.lease ?? null;
  const status = { cluster: deployment.name, lease, hosts: first };
  if (lease === null) return { ...status, owner: null, watchedS: 0 };
  if (isProvablyDead(lease)) return { ...status, owner: 'dead', watchedS: passedS() };
  // a third of it, and one more look
  while (passedS() < lease.ttl / 3 + 1) {
    await pause(LOOK_MS, undefined, { signal });
    const hosts = await look(deployment, open, signal);
    const now = hosts.find((host) => host.lease?.id === lease.id)?.lease;
    if (now == null) return { ...status, lease: null, hosts, owner: null, watchedS: passedS() };
    if (now.seq !== lease.seq) return { ...status, lease: now, hosts, owner: 'lives', watchedS: passedS() };
  }
  return { ...status, owner: 'still', watchedS: passedS() };
}

/**
 * Takes a lease away from every host that has it, whoever holds it: whatever its owner still begins is refused there.
 * @returns what became of each host
 */
export async function releaseLock(
  deployment: Deployment,
  id: string,
  open: OpenHost,
  signal: AbortSignal,
): Promise<readonly HostLock[]> {
  const { folder } = clusterPaths(deployment.statePath, deployment.name);
  return onEach(deployment, open, signal, async (host) => {
    const { code, stderr } = await host.run(freeScript(folder, id), { signal, deadlineMs: 20_000 });
    if (code !== 0) throw new TransportError('lost', host.address, stderr.trim() || `exit code ${code}`, null);
    return null;
  });
}

function look(deployment: Deployment, open: OpenHost, signal: AbortSignal): Promise<readonly HostLock[]> {
  const { lease } = clusterPaths(deployment.statePath, deployment.name);
  return onEach(deployment, open, signal, async (host) => {
    const { stdout, ended } = await host.run(`${lookScript(lease)}\necho ${LOOKED}`, {
      signal,
      deadlineMs: LOOK_DEADLINE_MS,
    });
    if (ended === 'deadline')
      throw new TransportError('lost', host.address, `no answer within ${LOOK_DEADLINE_MS / 1000} s`, null);
    // without it the answer is not that of our command
    if (ended === 'exit' && !stdout.endsWith(`${LOOKED}\n`))
      throw new TransportError('lost', host.address, 'its answer is not that of the command', null);
    return parseLease(stdout.slice(0, -LOOKED.length - 1));
  });
}

function onEach(
  deployment: Deployment,
  open: OpenHost,
  signal: AbortSignal,
  work: (host: Awaited<ReturnType<OpenHost>>) => Promise<Lease | null>,
): Promise<readonly HostLock[]> {
  return Promise.all(
    topologyOf(deployment).hosts.map(async ({ address }): Promise<HostLock> => {
      try {
        return { host: address, lease: await work(await open(address, signal)), problem: null };
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        return { host: address, lease: null, problem: error.message };
      }
    }),
  );
}
