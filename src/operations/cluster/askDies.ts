import type { DieHealth } from '../../accelerators/accelerator.ts';
import { probeDies } from '../../facts/probeDies.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';
import type { ClusterView } from './clusterView.ts';

/** By host; null: the driver did not answer. */
export type AskedDies = Readonly<Record<string, readonly DieHealth[] | null>>;

/** Asks the drivers of all hosts that have servers, at once. A host that can't be reached is the facts' matter. */
export async function askDies(
  open: OpenHost,
  { topology, deployment }: ClusterView,
  signal: AbortSignal,
): Promise<AskedDies> {
  const hosts = [...new Set(topology.nodes.flatMap(({ role, host }) => (role === 'proxy' ? [] : [host])))];
  const asked = hosts.map(async (address) => {
    try {
      return [address, await probeDies(await open(address, signal), deployment.accelerator, signal)] as const;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return [address, null] as const;
    }
  });
  return Object.fromEntries(await Promise.all(asked));
}
