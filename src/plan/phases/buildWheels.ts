import { posix } from 'node:path';
import type { DesiredNode } from '../../engines/engine.ts';
import { execOf, type Step } from '../step.ts';
import { groundOf, type Phase, type PhaseContext } from './context.ts';

const MINUTE_MS = 60_000;

/** Builds the engine's wheels in one container, and brings them to the folder that `services.wheels` names. */
export const buildWheels: Phase = (context) => {
  const desired = builder(context);
  if (!desired?.build) return [];
  const base = {
    tag: 'build_wheels',
    node: desired.node,
    host: desired.host,
    because: 'asked for',
    after: [],
    guard: null,
    disruptive: false,
  } as const;
  const into = wheelsFolder(context.deployment.wheels);
  if (into === null) {
    const reason = 'nothing says where the wheels go\nname them in services.wheels: `wheels: [dist/*.whl]`';
    const action = { kind: 'check', verdict: 'failed', reason } as const;
    const title = 'find the folder of the wheels';
    return [{ ...base, id: `build_wheels/${desired.node}/folder`, title, needs: [], action, deadlineMs: 1_000 }];
  }
  const build: Step = {
    ...base,
    id: `build_wheels/${desired.node}/build`,
    title: `build wheels in ${desired.container.name}`,
    needs: groundOf(context, desired.node, desired.host).filter((id) => /^(run_docker|sync_code)\//.test(id)),
    action: execOf(desired.build.argv, desired.container.name),
    deadlineMs: 120 * MINUTE_MS,
  };
  const fetch: Step = {
    ...base,
    id: `build_wheels/${desired.node}/fetch`,
    title: `fetch them to ${into}`,
    needs: [build.id],
    action: { kind: 'get', from: desired.build.folder, names: '*.whl', into },
    deadlineMs: 30 * MINUTE_MS,
  };
  return [build, fetch];
};

/** A server's container on `services.build_host`, or the first. */
function builder({ deployment, topology, desired }: PhaseContext): DesiredNode | undefined {
  const servers = topology.nodes.filter(({ role }) => role !== 'proxy');
  const chosen = servers.find(({ host }) => deployment.buildHost === null || host === deployment.buildHost);
  return chosen && desired.nodes[chosen.name];
}

function wheelsFolder(wheels: readonly string[]): string | null {
  const folder = wheels[0] === undefined ? null : posix.dirname(wheels[0]);
  return folder === null || /[*?[]/.test(folder) ? null : folder;
}
