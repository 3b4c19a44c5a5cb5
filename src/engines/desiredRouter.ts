import type { Deployment } from '../deployment/deployment.ts';
import type { Facts } from '../facts/facts.ts';
import { nodePaths } from '../topology/paths.ts';
import type { DesiredNode, DesiredServer, Unknown } from './desired.ts';
import { serverGeneration } from './generation.ts';
import type { LocalInputs } from './inputs.ts';
import type { Router } from './router.ts';

/**
 * The router's node as it should be.
 * @param tags of the engine, in whose order artifacts are brought
 */
export function desiredRouter(
  router: Router,
  deployment: Deployment,
  { inputs, facts }: { readonly inputs: LocalInputs; readonly facts: Facts },
  tags: readonly string[],
): { readonly desired: DesiredNode; readonly unknown: readonly Unknown[] } {
  const { name: node, host } = router.node;
  const container = router.container(facts[host]);
  const { artifacts, unknown } = router.artifacts(inputs, facts);
  const brought = artifacts.filter((artifact) => artifact !== null);
  return {
    desired: {
      node,
      host,
      paths: nodePaths(deployment.statePath, deployment.name, node),
      container,
      artifacts: brought.sort((a, b) => tags.indexOf(a.tag) - tags.indexOf(b.tag)),
      server: serverOf(router, deployment, serverGeneration(container.spec, artifacts, router.start)),
    },
    unknown,
  };
}

function serverOf(router: Router, { name, ready }: Deployment, generation: string): DesiredServer {
  const { start, stop, reload, logs, readiness } = router;
  return {
    argv: start,
    env: {},
    log: logs[0]!,
    logs,
    identity: `${name}/${router.node.name}`,
    generation,
    stop,
    ...(reload === undefined ? {} : { reload }),
    readiness,
    // it answers once a server behind it does
    readyDeadlineMs: ready.decodeMs,
    noProgressMs: ready.noProgressMs,
  };
}
