import { nextName, oldName } from '../containerChange.ts';
import { execOf, type Step, type StepId, stepOf } from '../step.ts';
import { createNext, removeIfOurs, removeOurs, replaceOurs } from './containerScripts.ts';
import { blockedSteps, changesOfKind, othersOn, type Phase, type PhaseContext, serverNodesOf } from './context.ts';
import { pauseSteps } from './pausingSteps.ts';

const MINUTE_MS = 60_000;
/** Many GB over a narrow link; what stalls is noticed long before. */
const IMAGE_MS = 6 * 60 * MINUTE_MS;
const DOCKER_MS = 2 * MINUTE_MS; // docker on a busy host takes its time

/**
 * Brings the image to hosts that lack it, then creates, replaces or starts the containers. A container that serves is replaced only
 * once every container that the cluster needs is there, the new one of its node under another name.
 */
export const runDocker: Phase = (context) => {
  const images = imageSteps(context);
  const imageOfHost = new Map(images.map((step) => [step.host, step.id]));
  const containers = changesOfKind(context, 'container').map((each) =>
    containerSteps(context, each, imageOfHost.get(each.change.host)),
  );
  const makes = containers.flatMap((each) => each.makes);
  const replaces = proxiesFirst(
    containers.flatMap((each) => each.replaces),
    context,
  );
  const ending = changesOfKind(context, 'container').filter(({ change }) => change.how === 'recreate');
  const pauses = pauseSteps(context, 'run_docker', serverNodesOf(ending));
  const paused = pauses.map(({ id }) => id);
  return [
    ...blockedSteps(context, 'container', 'run_docker'),
    ...images,
    ...makes,
    ...pauses.map((step) => ({ ...step, together: makes.map(({ id }) => id) })),
    ...replaces.map((step) => ({
      ...step,
      after: [...paused, ...step.after],
      together: partners(step, makes, context),
    })),
    ...containers.flatMap((each) => each.undoes),
  ];
};

/** A proxy that is removed closes its connections to servers itself; see `stopServer`. */
function proxiesFirst(replaces: readonly Step[], { topology }: PhaseContext): Step[] {
  const proxies = new Set(topology.nodes.filter(({ role }) => role === 'proxy').map(({ name }) => name));
  const first = replaces.filter(({ node }) => proxies.has(node)).map(({ id }) => id);
  return replaces.map((step) => (proxies.has(step.node) ? step : { ...step, after: [...step.after, ...first] }));
}

/** Containers without which a replaced one could not serve: all that are made, or where hosts may fail those of its own instance. */
function partners(step: Step, makes: readonly Step[], { deployment, topology }: PhaseContext): StepId[] {
  const { onFailure, maxFail } = deployment.failure;
  const isAllOrNothing = onFailure === 'stop' && maxFail === 0;
  const mates = topology.instances.find(({ nodes }) => nodes.includes(step.node))?.nodes ?? [step.node];
  return makes.flatMap(({ id, node }) => (isAllOrNothing || mates.includes(node) ? [id] : []));
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

/** Steps of one node's container. */
interface ContainerSteps {
  /** Nothing that runs is touched. */
  readonly makes: readonly Step[];
  readonly replaces: readonly Step[];
  /** Of what was made for a replacement that did not come about. */
  readonly undoes: readonly Step[];
}

type ContainerEntry = ReturnType<typeof changesOfKind<'container'>>[number];

/** @param image step that brings its image; undefined: it is there */
function containerSteps(context: PhaseContext, entry: ContainerEntry, image: StepId | undefined): ContainerSteps {
  const { cluster } = context.topology;
  const { change, desired } = entry;
  const { name, folders, run, input } = desired.container;
  const step = stepMaker(context, change, image);
  const { leftover } = change;
  const removed = (id: string) => execOf(removeOurs(id, cluster));
  const tidies =
    leftover === undefined
      ? []
      : [step('leftover', `remove container ${oldName(name)}`, removed(leftover), { disruptive: true })];
  if (change.how === 'finish') return { makes: [], replaces: tidies, undoes: [] };
  if (change.how === 'start') {
    const start = step('start', `start container ${name}`, execOf(['docker', 'start', name]));
    return { makes: [start], replaces: tidies, undoes: [] };
  }
  const makeFolders = step('folders', `make ${folders.length} folders`, execOf(['mkdir', '-p', '--', ...folders]));
  const needs = [...makeFolders.needs, makeFolders.id];
  if (change.how === 'create') {
    const create = step('create', `create container ${name}`, execOf(run, null, input ?? null), { needs });
    return { makes: [makeFolders, create], replaces: tidies, undoes: [] };
  }
  const next = nextName(name);
  const made = execOf(createNext(run, next, cluster), null, input ?? null);
  const create = step('create', `create container ${next}`, made, { needs });
  const replace = step(
    'replace',
    `replace container ${name}`,
    // by id: a container that took its place since the plan is not the one we meant
    execOf(replaceOurs(change.replaces ?? name, name, cluster)),
    { needs: [create.id], after: tidies.map(({ id }) => id), disruptive: true },
  );
  const undo = step('undo', `remove container ${next} again`, execOf(removeIfOurs(next, cluster)), {
    because: `it could not replace ${name}`,
    needs: [create.id],
    after: [replace.id],
    unless: replace.id,
  });
  return { makes: [makeFolders, create], replaces: [...tidies, replace], undoes: [undo] };
}

function stepMaker({ earlier }: PhaseContext, { node, host, because }: ContainerEntry['change'], image?: StepId) {
  const freed = earlier.filter((step) => step.tag === 'take_over' && step.host === host);
  const needs = [...(image ? [image] : []), ...freed.map(({ id }) => id)];
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
  return (what: string, title: string, action: Step['action'], more: Partial<Step> = {}): Step => ({
    ...shared,
    id: `run_docker/${node}/${what}`,
    title,
    action,
    disruptive: false,
    ...more,
  });
}
