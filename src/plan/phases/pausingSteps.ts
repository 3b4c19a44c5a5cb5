import type { DesiredNode } from '../../engines/desired.ts';
import type { Pausing } from '../../engines/router.ts';
import type { NodeName, ServerNode } from '../../topology/topology.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import { type PhaseContext, serverNodesOf } from './context.ts';
import { isPause, PAUSE } from './isPause.ts';

/** Names in a title, which is one line. */
const SHOWN_NODES = 3;
/** Where it fails, servers close the connections themselves, and their start waits longer for ports: no reason to end a run. */
const BEST_EFFORT = `names=$1; shift
$(command -v timeout >/dev/null && echo timeout 30) docker exec -e OMNIPLACE_LEASH "$@" ||
  echo "warning: the proxy could not leave out $names, whose ports may stay taken for a minute"`;

type Deciding = Pick<PhaseContext, 'engine' | 'deployment' | 'topology' | 'desired' | 'facts' | 'changes'>;

/**
 * Before servers end while the router runs on: it leaves them out and closes its connections to them. The side that closes keeps a
 * port in TIME_WAIT, which a server could not bind again for a minute. A router that ends too closes them anyway.
 * One step for each instance, at its nodes: a selection without them must not leave it out.
 */
export function pauseSteps(
  context: Deciding,
  tag: 'run_docker' | 'stop_server',
  ending: readonly ServerNode[],
): Step[] {
  const router = routerThatStays(context);
  if (router === null) return [];
  const instances = new Map<number, [ServerNode, ...ServerNode[]]>();
  for (const node of ending) {
    const mates = instances.get(node.instance);
    if (mates) mates.push(node);
    else instances.set(node.instance, [node]);
  }
  return [...instances].map(([instance, [first, ...mates]]) => {
    const { master } = context.topology.instances[instance]!;
    const servers = router.list.flatMap((entry) => (entry.master === master ? entry.servers : []));
    const alsoFor = mates.map(({ name }) => name);
    const names = shown([first.name, ...alsoFor]);
    const { host, container } = router.desired;
    const argv = ['sh', '-c', BEST_EFFORT, 'pause', names, container.name, ...router.pausing.pause(servers)];
    const because = 'a connection that a server closes keeps its port taken for a minute';
    return stepOf(
      tag,
      PAUSE,
      { node: first.name, ...(alsoFor.length > 0 && { alsoFor }), host, because },
      {
        title: `send no requests to ${names}`,
        action: { ...execOf(argv), looks: true },
        deadlineMs: 60_000,
      },
    );
  });
}

/** Once they serve again, where the run failed before, or where an earlier run did not come to it. */
export function resumeSteps(context: PhaseContext): Step[] {
  const router = routerThatStays(context);
  if (router === null) return [];
  const { node, host, container } = router.desired;
  const found = context.facts[host];
  const paused = context.earlier.filter(isPause);
  const isLeft = found?.reachable === true && found.texts[router.pausing.marker] != null;
  if (paused.length === 0 && !isLeft) return [];
  const names = [...new Set(paused.flatMap((step) => [step.node, ...(step.alsoFor ?? [])]))];
  // any selection takes in what an earlier run left out
  const alsoFor = isLeft
    ? serverNodesOf(context.topology.nodes.map((each) => ({ node: each }))).map(({ name }) => name)
    : names;
  const because = paused.length > 0 ? 'they serve again' : 'an earlier run left servers out';
  const step = stepOf(
    'run_proxy',
    'resume',
    { node, alsoFor, host, because },
    {
      title: isLeft ? 'send requests to all servers again' : `send requests to ${shown(names)} again`,
      action: { ...execOf(router.pausing.resume, container.name), looks: true },
      deadlineMs: 60_000,
    },
  );
  return [paused.length === 0 ? step : { ...step, takesBack: paused.map(({ id }) => id) }];
}

interface Staying {
  readonly desired: DesiredNode;
  readonly pausing: Pausing;
  readonly list: readonly { readonly master: NodeName; readonly servers: readonly string[] }[];
}

/** The router, where it runs, stays, and can leave servers out. */
function routerThatStays({ engine, deployment, topology, desired, facts, changes }: Deciding): Staying | null {
  const router = engine.router?.(deployment, topology) ?? null;
  const wanted = router && desired.nodes[router.node.name];
  const found = router && facts[router.node.host];
  if (!router?.pausing || !wanted || !found?.reachable) return null;
  const ends = changes.some(({ node, kind }) => node === wanted.node && kind !== 'artifact' && kind !== 'image');
  const runs = found.processes.some((process) => process.node === wanted.server.identity);
  return runs && !ends ? { desired: wanted, pausing: router.pausing, list: router.list() } : null;
}

function shown(names: readonly NodeName[]): string {
  const first = names.slice(0, SHOWN_NODES).join(', ');
  return names.length > SHOWN_NODES ? `${first} and ${names.length - SHOWN_NODES} more` : first;
}
