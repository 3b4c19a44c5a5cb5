import type { Argv } from '../../shell/argv.ts';
import { execOf, type Step, type StepId, stepOf } from '../step.ts';
import { blockedSteps, changesOfKind, othersOn, type Phase, type PhaseContext } from './context.ts';

const MINUTE_MS = 60_000;
/** Many GB over a narrow link; what stalls is noticed long before. */
const IMAGE_MS = 6 * 60 * MINUTE_MS;
const DOCKER_MS = 2 * MINUTE_MS; // docker on a busy host takes its time

/** Brings the image to hosts that lack it, then creates, replaces or starts the containers. */
export const runDocker: Phase = (context) => {
  const images = imageSteps(context);
  const imageOfHost = new Map(images.map((step) => [step.host, step.id]));
  const containers = changesOfKind(context, 'container').flatMap((each) =>
    containerSteps(context, each, imageOfHost.get(each.change.host)),
  );
  return [...blockedSteps(context, 'container', 'run_docker'), ...images, ...proxiesFirst(containers, context)];
};

/** A proxy that is removed closes its connections to servers itself; see `stopServer`. */
function proxiesFirst(steps: readonly Step[], { topology }: PhaseContext): Step[] {
  const proxies = new Set(topology.nodes.filter(({ role }) => role === 'proxy').map(({ name }) => name));
  const removals = steps.filter(({ disruptive }) => disruptive);
  const first = removals.filter(({ node }) => proxies.has(node)).map(({ id }) => id);
  return steps.map((step) => (removals.includes(step) && !proxies.has(step.node) ? { ...step, after: first } : step));
}

function imageSteps(context: PhaseContext): Step[] {
  const { deployment, topology } = context;
  return changesOfKind(context, 'image').map(({ change, desired }) =>
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
        deadlineMs: IMAGE_MS,
      },
    ),
  );
}

/** @param image step that brings its image; undefined: it is there */
function containerSteps(
  context: PhaseContext,
  { change, desired }: ReturnType<typeof changesOfKind<'container'>>[number],
  image: StepId | undefined,
): Step[] {
  const { cluster } = context.topology;
  const { node, host, because } = change;
  const { name, folders, run, input } = desired.container;
  const freed = context.earlier.filter((step) => step.tag === 'take_over' && step.host === host);
  const needs = [...(image ? [image] : []), ...freed.map((step) => step.id)];
  // in the order in which --json prints its fields
  const shared = {
    tag: 'run_docker',
    node,
    host,
    because,
    needs,
    after: [],
    guard: null,
    deadlineMs: DOCKER_MS,
  } as const;
  const step = (what: string, title: string, action: Step['action'], more: Partial<Step> = {}): Step => ({
    ...shared,
    id: `run_docker/${node}/${what}`,
    title,
    action,
    disruptive: false,
    ...more,
  });
  if (change.how === 'start') return [step('start', `start container ${name}`, execOf(['docker', 'start', name]))];
  // by id: a container that took its place since the plan is not the one we meant
  const removed = execOf(removeOurs(change.replaces ?? name, cluster));
  const replaces =
    change.how === 'recreate' ? [step('remove', `remove container ${name}`, removed, { disruptive: true })] : [];
  const makeFolders = step('folders', `make ${folders.length} folders`, execOf(['mkdir', '-p', '--', ...folders]));
  const create = step('create', `create container ${name}`, execOf(run, null, input ?? null), {
    needs: [...needs, makeFolders.id, ...replaces.map(({ id }) => id)],
  });
  return [...replaces, makeFolders, create];
}

/** Looks at the label once more, on the host: between plan and run somebody may have put another container there. */
export function removeOurs(container: string, cluster: string): Argv {
  const script = `owner=$(docker inspect -f '{{index .Config.Labels "omniplace.cluster"}}' "$1") || exit
[ "$owner" = "$2" ] || { echo "container $1 is not of cluster $2: left alone" >&2; exit 1; }
docker rm -f "$1"`;
  return ['sh', '-c', script, 'sh', container, cluster];
}
