import type { ClusterStatus } from './status.ts';

/** The same status with the rows, warnings and advice of only these nodes; none: of all. The state stays the cluster's. */
export function narrowed(status: ClusterStatus, only: readonly string[]): ClusterStatus {
  if (only.length === 0) return status;
  const names = new Set<string>(only);
  const nodes = status.nodes.filter(({ node }) => names.has(node));
  const hosts = status.hosts.filter(({ host }) => nodes.some((node) => node.host === host));
  const isShown = (of: string) => names.has(of) || hosts.some(({ host }) => of === host || of.startsWith(`${host} (`));
  return {
    ...status,
    nodes,
    hosts,
    loads: { ...status.loads, instances: status.loads.instances.filter(({ node }) => names.has(node)) },
    warnings: status.warnings.filter(({ of }) => of.length === 0 || of.some(isShown)),
    next: status.next.filter(({ of }) => isShown(of)),
  };
}
