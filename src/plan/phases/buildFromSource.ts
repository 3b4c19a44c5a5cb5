import type { BuildFromSource } from '../../engines/buildFromSource.ts';
import { execOf, type Step, stepOf } from '../step.ts';
import { groundOf, type Phase } from './context.ts';

const MINUTE_MS = 60_000;
/** A whole engine is compiled. */
const BUILD_DEADLINE_MS = 120 * MINUTE_MS;
const FETCH_DEADLINE_MS = 30 * MINUTE_MS;

/** Builds packages of the engine in one container, and fetches them to the folder that the deployment file names. */
export function buildPhase({ tag, what, build }: BuildFromSource): Phase {
  return (context) => {
    const { deployment, topology, desired } = context;
    const wanted = build(deployment, topology);
    const node = wanted && desired.nodes[wanted.node];
    if (!wanted || !node) return [];
    const { argv, folder: from, names, into } = wanted;
    const at = { node: node.node, host: node.host, because: 'asked for' };
    if (typeof into !== 'string') {
      const reason = `nothing says where the ${what} go\n${into.unset}`;
      const action = { kind: 'check', verdict: 'failed', reason } as const;
      return [stepOf(tag, 'folder', at, { title: `find the folder of the ${what}`, action, deadlineMs: 1_000 })];
    }
    const ground = groundOf(context, node.node, node.host);
    const made: Step = stepOf(tag, 'build', at, {
      title: `build ${what} in ${node.container.name}`,
      needs: ground.filter((step) => step.tag === 'run_docker' || step.action.kind === 'sync').map(({ id }) => id),
      action: execOf(argv, node.container.name),
      deadlineMs: BUILD_DEADLINE_MS,
    });
    const fetched = stepOf(tag, 'fetch', at, {
      title: `fetch them to ${into}`,
      needs: [made.id],
      action: { kind: 'get', from, names, into },
      deadlineMs: FETCH_DEADLINE_MS,
    });
    return [made, fetched];
  };
}
