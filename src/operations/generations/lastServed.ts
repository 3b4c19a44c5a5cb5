import { type Kept, parseKept } from '../../state/kept.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { desiredOnHosts, mostFrequent, rememberedBy } from './desiredOnHosts.ts';

/**
 * The generation that hosts keep as the last that served; null: none does. A host that could not keep it names an older one: then
 * what the newest record of the hosts says counts, else what most of them name.
 */
export function lastServed({ deployment, facts }: Pick<ClusterView, 'deployment' | 'facts'>): Kept | null {
  const { kept } = clusterPaths(deployment.statePath, deployment.name);
  const lasts = Object.values(facts).flatMap((host) =>
    host.reachable ? (parseKept(host.texts[kept]).at(-1) ?? []) : [],
  );
  const record = desiredOnHosts(rememberedBy(deployment, facts));
  const desired = lasts.find(({ generation }) => generation === record?.generation);
  return desired ?? mostFrequent(lasts, ({ generation }) => generation);
}
