import { execOf, type Step, type StepId } from '../step.ts';
import type { Phase } from './context.ts';

/** Stops the foreign containers that `--take-over` names, and never removes them; one with a name we need is renamed. */
export const takeOver: Phase = ({ topology, desired, takenOver }) =>
  topology.hosts.flatMap(({ address, nodes: [node] }): Step[] => {
    if (node === undefined) return [];
    const names = new Set(
      Object.values(desired.nodes).flatMap((wanted) => (wanted.host === address ? [wanted.container.name] : [])),
    );
    return takenOver.flatMap(({ host, container }): Step[] => {
      if (host !== address) return [];
      const base = { tag: 'take_over', node, host, after: [], guard: null, deadlineMs: 2 * 60_000 } as const;
      const stop: Step = {
        ...base,
        id: `take_over/${node}/stop-${container.name}`,
        title: `stop container ${container.name}`,
        because: `--take-over names it, and it is not ${topology.cluster}'s`,
        needs: [],
        // by id: a container that took its name since is not the one that was meant
        action: execOf(['docker', 'stop', container.id]),
        disruptive: true,
      };
      const needs: StepId[] = container.running ? [stop.id] : [];
      const kept = `${container.name}_${container.id.slice(0, 12)}`;
      const rename: Step = {
        ...base,
        id: `take_over/${node}/rename-${container.name}`,
        title: `rename container ${container.name} to ${kept}`,
        because: 'a container of this deployment has that name',
        needs,
        action: execOf(['docker', 'rename', container.id, kept]),
        disruptive: false,
      };
      return [...(container.running ? [stop] : []), ...(names.has(container.name) ? [rename] : [])];
    });
  });
