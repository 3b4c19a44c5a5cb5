import type { Desired } from '../engines/desired.ts';
import { sha256 } from '../files/digests.ts';
import { type Change, findChanges } from './change.ts';
import type { Examined } from './findings/finding.ts';
import { findProblems } from './findings/findProblems.ts';
import { factsAfter, takeOverOf } from './foreign.ts';
import type { PhaseContext } from './phases/context.ts';
import { phaseOf } from './phases/index.ts';
import type { Plan, Step } from './step.ts';
import { type Tag, tagsInOrder } from './tags.ts';

/** The whole way from what is to what should be, as data; `select` takes the part that was asked for. */
export function makePlan(
  input: Examined,
  askedFor: readonly Tag[] = [],
  /** Names of foreign containers to stop. */
  takeOver: readonly string[] = [],
  /** Restarts that were asked for, of nodes that may need none. */
  restarts: readonly Change[] = [],
): Plan {
  const { deployment, topology, desired, portsOf, engine } = input;
  const taken = takeOverOf(takeOver, input.facts, topology.cluster);
  const facts = factsAfter(taken, input.facts);
  const changes = withRestarts(findChanges(desired, facts, topology), restarts);
  const findings = findProblems({ ...input, facts });
  const steps: Step[] = [];
  const tags = tagsInOrder([engine]);
  for (const tag of [...tags.always, ...tags.askedFor.filter((asked) => askedFor.includes(asked))]) {
    const context: PhaseContext = {
      deployment,
      topology,
      desired,
      facts,
      takenOver: taken.containers,
      changes,
      findings,
      portsOf,
      engine,
      earlier: [...steps],
    };
    steps.push(...phaseOf(tag, engine.build)(context));
  }
  return { cluster: topology.cluster, generation: generationOf(desired), digest: planDigest(steps), steps };
}

/** A node whose server starts anyway, or must not, is restarted by no further change. */
function withRestarts(changes: readonly Change[], restarts: readonly Change[]): readonly Change[] {
  const starting = new Set(
    changes.flatMap(({ kind, node }) => (kind === 'server' || kind === 'blocked' ? [node] : [])),
  );
  return [...changes, ...restarts.filter(({ node }) => !starting.has(node))];
}

export function generationOf(desired: Desired): string {
  const nodes = Object.values(desired.nodes).map((node) => [node.node, node.server.generation]);
  return sha256(JSON.stringify(nodes));
}

export function planDigest(steps: readonly Step[]): string {
  return sha256(JSON.stringify(steps.map(withoutTexts)));
}

/** A file's text has its own sha256 next to it: a plan for 100 hosts holds megabytes of texts. */
function withoutTexts(step: Step): unknown {
  if (step.action.kind !== 'put') return step;
  const files = step.action.files.map((file) => ('text' in file.content ? { ...file, content: null } : file));
  return { ...step, action: { ...step.action, files } };
}
