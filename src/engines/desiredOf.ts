import type { Deployment } from '../deployment/deployment.ts';
import type { Facts } from '../facts/facts.ts';
import type { Topology } from '../topology/topology.ts';
import type { Desired } from './desired.ts';
import { desiredRouter } from './desiredRouter.ts';
import type { Engine } from './engine.ts';
import type { LocalInputs } from './inputs.ts';

/** What should be on every node's host: the engine's servers, and its router. */
export function desiredOf(
  engine: Pick<Engine, 'desired' | 'router' | 'tags'>,
  deployment: Deployment,
  topology: Topology,
  facts: Facts,
  inputs: LocalInputs,
): Desired {
  const { nodes, unknown } = engine.desired(deployment, topology, facts, inputs);
  const router = engine.router?.(deployment, topology) ?? null;
  if (router === null) return { nodes, unknown };
  const made = desiredRouter(router, deployment, { inputs, facts }, engine.tags);
  return { nodes: { ...nodes, [router.node.name]: made.desired }, unknown: [...unknown, ...made.unknown] };
}
