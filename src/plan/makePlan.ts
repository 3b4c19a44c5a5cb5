import type { Deployment } from '../deployment/deployment.ts';
import type { Desired, PortsOf } from '../engines/engine.ts';
import type { Facts } from '../facts/facts.ts';
import { sha256 } from '../files/digests.ts';
import type { Topology } from '../topology/topology.ts';
import { findChanges } from './change.ts';
import { findProblems } from './findings/findProblems.ts';
import { factsAfter, takeOverOf } from './foreign.ts';
import type { PhaseContext } from './phases/context.ts';
import { PHASES } from './phases/index.ts';
import type { Plan, Step } from './step.ts';
import { ASKED_FOR_TAGS, TAGS, type Tag } from './tags.ts';

export interface PlanInput {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly desired: Desired;
  readonly facts: Facts;
  readonly portsOf: PortsOf;
  /** Bytes of files that may have to go to a host. */
  readonly pushBytes: (host: string) => number;
  /** Bytes of the image archive, where a host lacks the image; else 0. */
  readonly imageBytes: (host: string) => number;
}

/** The whole way from what is to what should be, as data; `select` takes the part that was asked for. */
export function makePlan(
  input: PlanInput,
  askedFor: readonly Tag[] = [],
  /** Names of foreign containers to stop. */
  takeOver: readonly string[] = [],
): Plan {
  const { deployment, topology, desired, portsOf, pushBytes, imageBytes } = input;
  const taken = takeOverOf(takeOver, input.facts, topology.cluster);
  const facts = factsAfter(taken, input.facts);
  const changes = findChanges(desired, facts, topology);
  const findings = findProblems({ deployment, topology, desired, facts, portsOf, pushBytes, imageBytes });
  const steps: Step[] = [];
  for (const tag of [...TAGS, ...ASKED_FOR_TAGS.filter((asked) => askedFor.includes(asked))]) {
    const context: PhaseContext = {
      deployment,
      topology,
      desired,
      facts,
      takenOver: taken.containers,
      changes,
      findings,
      portsOf,
      earlier: [...steps],
    };
    steps.push(...PHASES[tag](context));
  }
  return { cluster: topology.cluster, generation: generationOf(desired), digest: planDigest(steps), steps };
}

export function generationOf(desired: Desired): string {
  const nodes = Object.values(desired.nodes).map((node) => [node.node, node.server.generation]);
  return sha256(JSON.stringify(nodes));
}

export function planDigest(steps: readonly Step[]): string {
  return sha256(JSON.stringify(steps, withoutDigested));
}

/** A file's text has its own sha256 beside it: a plan for 100 hosts holds megabytes of them. */
function withoutDigested(this: unknown, key: string, value: unknown): unknown {
  const isText = key === 'content' && typeof value === 'object' && value !== null && 'text' in value;
  return isText ? null : value;
}
