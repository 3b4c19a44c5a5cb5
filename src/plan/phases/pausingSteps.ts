import type { DesiredNode } from '../../engines/desired.ts';
import type { Pausing } from '../../engines/router.ts';
import type { NodeName, ServerNode } from '../../topology/topology.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import type { PhaseContext } from './context.ts';

/** Of a title, which is one line. */
const SHOWN_NODES = 3;

type Deciding = Pick<PhaseContext, 'engine' | 'deployment' | 'topology' | 'desired' | 'facts' | 'changes'>;

/**
 * Before servers end while the router runs on: it leaves them out and closes its connections to them. The side that closes keeps a
 * port in TIME_WAIT, which a server could not bind again for a minute. A router that ends too closes them anyway.
 */
export function pauseSteps(
  context: Deciding,
  tag: 'run_docker' | 'stop_server',
  ending: readonly ServerNode[],
): Step[] {
  const router = routerThatStays(context);
  if (router === null || ending.length === 0) return [];
  const { topology } = context;
  const masters = new Set(ending.map(({ instance }) => topology.instances[instance]!.master));
  const servers = router.list.flatMap(({ master, servers }) => (masters.has(master) ? servers : []));
  const names = ending.map(({ name }) => name);
  const { node, host, container } = router.desired;
  return [
    stepOf(
      tag,
      'pause',
      { node, alsoFor: names, host, because: 'a connection that a server closes keeps its port taken for a minute' },
      {
        title: `send no requests to ${shown(names)}`,
        action: { ...execOf(router.pausing.pause(servers), container.name), looks: true },
        deadlineMs: 60_000,
      },
    ),
  ];
}

/** Once they serve again, or where an earlier run did not come to it. */
export function resumeSteps(context: PhaseContext): Step[] {
  const router = routerThatStays(context);
  if (router === null) return [];
  const { node, host, container } = router.desired;
  const found = context.facts[host];
  const paused = context.earlier.filter((step) => step.node === node && step.id.endsWith('/pause'));
  const isLeft = found?.reachable === true && found.texts[router.pausing.marker] != null;
  if (paused.length === 0 && !isLeft) return [];
  const alsoFor = paused.flatMap((step) => step.alsoFor ?? []);
  const because = paused.length > 0 ? 'they serve again' : 'an earlier run left servers out';
  return [
    stepOf(
      'run_proxy',
      'resume',
      { node, ...(alsoFor.length > 0 && { alsoFor }), host, because },
      {
        title: alsoFor.length > 0 ? `send requests to ${shown(alsoFor)} again` : 'send requests to all servers again',
        action: { ...execOf(router.pausing.resume, container.name), looks: true },
        deadlineMs: 60_000,
      },
    ),
  ];
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
