import type { NodeName } from '../../topology/topology.ts';
import { execOf, type Step } from '../step.ts';
import { removeOurs } from './containerScripts.ts';
import { othersOn, type Phase } from './context.ts';

/** Removes every container that carries this cluster's label, and the cluster's folders; nothing of anybody else's. */
export const cleanUp: Phase = ({ topology, facts, deployment }) =>
  topology.hosts.flatMap((host): Step[] => {
    const [first] = host.nodes;
    const found = facts[host.address];
    if (first === undefined || !found?.reachable) return [];
    const base = {
      tag: 'clean_up',
      host: host.address,
      after: [],
      guard: null,
      deadlineMs: 2 * 60_000,
      disruptive: true,
    } as const;
    const ours = found.docker.containers.filter(({ labels }) => labels['omniplace.cluster'] === topology.cluster);
    const removals = ours.map((container): Step => {
      // of a node that the deployment no longer has: the host's first node stands for it
      const node = host.nodes.find((name) => name === container.labels['omniplace.node']) ?? first;
      return {
        ...base,
        id: `clean_up/${node}/remove-${container.name}`,
        node,
        title: `remove container ${container.name}`,
        because: `it carries the label of cluster ${topology.cluster}`,
        needs: [],
        action: execOf(removeOurs(container.id, topology.cluster)),
      };
    });
    const needsOf = (node: NodeName) => removals.filter((step) => step.node === node).map((step) => step.id);
    const folder = `${deployment.statePath}/${topology.cluster}`;
    const folders = host.nodes.map(
      (node): Step => ({
        ...base,
        id: `clean_up/${node}/folder`,
        node,
        title: `remove ${folder}/${node}`,
        because: 'it holds only what omniplace put there',
        needs: needsOf(node),
        action: execOf(['rm', '-rf', '--', `${folder}/${node}`]),
      }),
    );
    const shared: Step = {
      ...base,
      id: `clean_up/${first}/shared`,
      node: first,
      alsoFor: othersOn(topology, host.address, first),
      title: `remove ${folder}, if no node is left in it`,
      because: 'code is shared by the nodes of a host',
      needs: [],
      after: folders.map((step) => step.id),
      action: execOf(['sh', '-c', REMOVE_SHARED, 'sh', folder]),
    };
    return [...removals, ...folders, shared];
  });

// the lease is ours until the run ends, and takes the folder with it when it goes
const REMOVE_SHARED = `[ -d "$1" ] || exit 0
[ -z "$(find "$1" -mindepth 1 -maxdepth 1 ! -name code ! -name generations ! -name lease ! -name .lease ! -name run ! -name desired ! -name runs ! -name wrote ! -name incoming)" ] || { echo 'kept: other nodes use it'; exit 0; }
rm -rf -- "$1/code" "$1/generations" "$1/incoming" "$1/desired" "$1/runs" "$1/wrote"`;
