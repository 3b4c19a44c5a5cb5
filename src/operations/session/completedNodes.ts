import { topologyOf } from '../../engines/topologyOf.ts';
import { stateFolder } from '../../state/folder.ts';
import { lastDeployment } from '../../state/lastDeployment.ts';
import { loadDeployment } from './loadDeployment.ts';

/** What a command's NODE may be: nodes, roles, groups and hosts of a deployment; nothing where it can't be read. */
export async function completedNodes(named: string | undefined): Promise<readonly string[]> {
  try {
    const file = named ?? (await lastDeployment(stateFolder()));
    if (file === null) return [];
    const { deployment } = await loadDeployment(file, []);
    const { nodes, hosts, instances } = topologyOf(deployment);
    const words = [
      ...nodes.map(({ name }) => name),
      ...nodes.map(({ role }) => role),
      ...instances.map(({ group }) => group.name),
      ...hosts.map(({ address }) => address),
    ];
    return [...new Set<string>(words)];
  } catch {
    // a shell that completes a word has no place for an error
    return [];
  }
}
