import type { Deployment } from '../../../deployment/deployment.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import type { Artifact } from '../../artifact.ts';
import type { DesiredContainer, DesiredServer } from '../../desired.ts';
import { serverGeneration } from '../../generation.ts';
import { stopArgv } from '../../stopArgv.ts';
import { startScriptPath } from '../hostPaths.ts';
import { readiness } from './readiness.ts';

/** All that a server is made of. */
interface MadeOf {
  readonly paths: NodePaths;
  readonly container: DesiredContainer;
  /** In an order that stays: the generation counts them in it. */
  readonly artifacts: readonly (Artifact | null)[];
}

export function desiredServer(node: ServerNode, deployment: Deployment, made: MadeOf): DesiredServer {
  const argv = ['bash', startScriptPath(node, made.paths)];
  const identity = `${deployment.name}/${node.name}`;
  const log = `${deployment.logPath}/${node.name}/run_${node.role}.log`;
  return {
    argv,
    // the start script exports all of it, where a person can read it
    env: {},
    log,
    logs: [log, ...ownLogs(node, deployment)],
    identity,
    generation: serverGeneration(made.container.spec, made.artifacts, argv),
    stop: stopArgv(identity),
    readiness: readiness(node, made.paths),
    readyDeadlineMs: readyDeadlineMs(node, deployment),
    noProgressMs: deployment.ready.noProgressMs,
  };
}

function readyDeadlineMs(node: ServerNode, { ready }: Deployment): number {
  if (node.role === 'mixed') return ready.mixedMs;
  return node.role === 'prefill' ? ready.prefillMs : ready.decodeMs;
}

function ownLogs(node: ServerNode, deployment: Deployment): string[] {
  // all in one process, whose log the launcher keeps
  if (node.role === 'mixed') return [];
  return Array.from({ length: node.numServers }, (_, rank) => `${deployment.logPath}/${node.name}/server_${rank}.log`);
}
