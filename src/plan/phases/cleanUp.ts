import type { Step } from '../step.ts';
import type { Phase } from './context.ts';

/** Removes every container that carries this cluster's label, and the cluster's folder; nothing of anybody else's. */
export const cleanUp: Phase = ({ topology, facts, deployment }) =>
  topology.hosts.flatMap((host): Step[] => {
    const node = host.nodes[0];
    const found = facts[host.address];
    if (node === undefined || !found?.reachable) return [];
    const ours = found.docker.containers.filter(
      (container) => container.labels['omniplace.cluster'] === topology.cluster,
    );
    const base = {
      tag: 'clean_up',
      node,
      host: host.address,
      after: [],
      guard: null,
      deadlineMs: 2 * 60_000,
      disruptive: true,
    } as const;
    const removals = ours.map(
      (container): Step => ({
        ...base,
        id: `clean_up/${node}/remove-${container.name}`,
        title: `remove container ${container.name}`,
        because: `it carries the label of cluster ${topology.cluster}`,
        needs: [],
        action: { kind: 'exec', argv: ['docker', 'rm', '-f', container.id], in: null, stdin: null },
      }),
    );
    const folder = `${deployment.statePath}/${topology.cluster}`;
    return [
      ...removals,
      {
        ...base,
        id: `clean_up/${node}/folder`,
        title: `remove ${folder}`,
        because: 'it holds only what omniplace put there',
        needs: removals.map((step) => step.id),
        action: { kind: 'exec', argv: ['rm', '-rf', '--', folder], in: null, stdin: null },
      },
    ];
  });
