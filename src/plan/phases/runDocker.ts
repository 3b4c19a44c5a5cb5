import type { Argv } from '../../shell/argv.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import { blockedSteps, changesOfKind, othersOn, type Phase } from './context.ts';

const MINUTE_MS = 60_000;

/** Brings the image to hosts that lack it, then creates, replaces or starts the containers. */
export const runDocker: Phase = (context) => {
  const { deployment, topology } = context;
  const images = changesOfKind(context, 'image').map(({ change, desired }) =>
    stepOf(
      'run_docker',
      'image',
      { ...change, alsoFor: othersOn(topology, change.host, change.node) },
      {
        title: `${deployment.imageArchive === null ? 'pull' : 'load'} image ${desired.container.image}`,
        action: {
          kind: 'image',
          ref: desired.container.image,
          archive: deployment.imageArchive,
          folder: `${deployment.statePath}/${topology.cluster}/incoming`,
        },
        // many GB over a narrow link; what stalls is noticed long before
        deadlineMs: 6 * 60 * MINUTE_MS,
      },
    ),
  );
  const imageOfHost = new Map(images.map((step) => [step.host, step.id]));
  const containers = changesOfKind(context, 'container').flatMap(({ change, desired }): Step[] => {
    const { name, folders, run, input } = desired.container;
    const image = imageOfHost.get(change.host);
    const freed = context.earlier.filter((step) => step.tag === 'take_over' && step.host === change.host);
    const base = {
      tag: 'run_docker',
      node: change.node,
      host: change.host,
      because: change.because,
      needs: [...(image ? [image] : []), ...freed.map((step) => step.id)],
      after: [],
      guard: null,
      deadlineMs: 2 * MINUTE_MS,
    } as const;
    if (change.how === 'start') {
      return [
        {
          ...base,
          id: `run_docker/${change.node}/start`,
          title: `start container ${name}`,
          action: execOf(['docker', 'start', name]),
          disruptive: false,
        },
      ];
    }
    const remove: Step = {
      ...base,
      id: `run_docker/${change.node}/remove`,
      title: `remove container ${name}`,
      // by id: a container that took its place since the plan is not the one we meant
      action: execOf(removeOurs(change.replaces ?? name, topology.cluster)),
      disruptive: true,
    };
    const makeFolders: Step = {
      ...base,
      id: `run_docker/${change.node}/folders`,
      title: `make ${folders.length} folders`,
      action: execOf(['mkdir', '-p', '--', ...folders]),
      disruptive: false,
    };
    const create: Step = {
      ...base,
      id: `run_docker/${change.node}/create`,
      title: `create container ${name}`,
      needs: [...base.needs, makeFolders.id, ...(change.how === 'recreate' ? [remove.id] : [])],
      action: execOf(run, null, input ?? null),
      disruptive: false,
    };
    return change.how === 'recreate' ? [remove, makeFolders, create] : [makeFolders, create];
  });
  return [...blockedSteps(context, 'container', 'run_docker'), ...images, ...containers];
};

/** Looks at the label once more, on the host: between plan and run somebody may have put another container there. */
export function removeOurs(container: string, cluster: string): Argv {
  const script = `owner=$(docker inspect -f '{{index .Config.Labels "omniplace.cluster"}}' "$1") || exit
[ "$owner" = "$2" ] || { echo "container $1 is not of cluster $2: left alone" >&2; exit 1; }
docker rm -f "$1"`;
  return ['sh', '-c', script, 'sh', container, cluster];
}
