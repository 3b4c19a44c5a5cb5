import { nextName } from '../containerChange.ts';
import { execOf, type Step, type StepId } from '../step.ts';
import { tryContainer } from './containerScripts.ts';
import { changesOfKind, type Phase, type PhaseContext } from './context.ts';

const DOCKER_MS = 2 * 60_000;

/**
 * Stops the foreign containers that `--take-over` names, and never removes them; one with a name we need is renamed. Before the
 * first one is stopped, docker has made each of our containers once: what it refuses stops nothing.
 */
export const takeOver: Phase = (context) => {
  const tries = trySteps(context);
  const stopsSomething = context.takenOver.some(({ container }) => container.running);
  const made = stopsSomething ? tries : [];
  return [...made, ...context.topology.hosts.flatMap((host) => stopSteps(context, host, made))];
};

function trySteps(context: PhaseContext): Step[] {
  const { facts, topology } = context;
  return changesOfKind(context, 'container').flatMap(({ change, desired: { container } }): Step[] => {
    const host = facts[change.host];
    const isHere = host?.reachable === true && host.docker.images[container.image] != null;
    if (!isHere || (change.how !== 'create' && change.how !== 'recreate')) return [];
    const next = nextName(container.name);
    return [
      {
        tag: 'take_over',
        node: change.node,
        host: change.host,
        after: [],
        guard: null,
        deadlineMs: DOCKER_MS,
        id: `take_over/${change.node}/try`,
        title: `try container ${next}`,
        because: 'docker must accept it before a container that serves is stopped',
        needs: [],
        action: execOf(
          tryContainer(container.run, next, topology.cluster, container.folders),
          null,
          container.input ?? null,
        ),
        disruptive: false,
      },
    ];
  });
}

function stopSteps(
  { topology, desired, takenOver }: PhaseContext,
  { address, nodes: [node] }: PhaseContext['topology']['hosts'][number],
  tries: readonly Step[],
): Step[] {
  if (node === undefined) return [];
  const names = new Set(
    Object.values(desired.nodes).flatMap((wanted) => (wanted.host === address ? [wanted.container.name] : [])),
  );
  return takenOver.flatMap(({ host, container }): Step[] => {
    if (host !== address) return [];
    const base = { tag: 'take_over', node, host, after: [], guard: null, deadlineMs: DOCKER_MS } as const;
    const stop: Step = {
      ...base,
      id: `take_over/${node}/stop-${container.name}`,
      title: `stop container ${container.name}`,
      because: `--take-over names it, and it is not ${topology.cluster}'s`,
      needs: [],
      ...(tries.length === 0 ? {} : { together: tries.map(({ id }) => id) }),
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
}
