import { duration } from '../../files/durations.ts';
import { lastStartS } from '../../plan/lastStart.ts';
import type { Plan } from '../../plan/step.ts';
import type { NodeName } from '../../topology/topology.ts';
import type { ClusterView } from './clusterView.ts';
import { isReady, nodeRuns, SERVING_ROLES, type ServingRole, unitsOf } from './serving.ts';

/** What clients notice while a plan stops servers of a role. */
export interface Outage {
  readonly role: ServingRole;
  /** Nodes of it that run and are stopped. */
  readonly nodes: readonly NodeName[];
  /** Nothing else serves the role meanwhile. */
  readonly isLast: boolean;
  /** Masters of the instances that serve it meanwhile. */
  readonly others: readonly NodeName[];
  readonly requests: string;
  /** The same plan starts them again. */
  readonly startsAgain: boolean;
  /** Seconds that the longest of their last starts took; null: not known. */
  readonly lastStartS: number | null;
}

/** Role by role what a plan takes away, before it happens; empty where nothing that runs is stopped. */
export function outagesOf(plan: Plan, clusterView: ClusterView): readonly Outage[] {
  const { desired, facts } = clusterView;
  const stopped = new Set(
    plan.steps
      .filter(({ disruptive, node, host }) => disruptive && desired.nodes[node]?.host === host)
      .map(({ node }) => node),
  );
  const started = new Set(plan.steps.filter(({ action }) => action.kind === 'spawn').map(({ node }) => node));
  return SERVING_ROLES.flatMap((role): Outage[] => {
    const units = unitsOf(role, clusterView);
    const running = units.filter((unit) => unit.some((name) => nodeRuns(name, clusterView)));
    const isGone = (unit: readonly NodeName[]) => unit.some((name) => stopped.has(name));
    const nodes = running.flat().filter((name) => stopped.has(name) && nodeRuns(name, clusterView));
    if (nodes.length === 0) return [];
    const others = running.filter((unit) => !isGone(unit) && unit.every((name) => isReady(name, clusterView)));
    const times = nodes.flatMap((name) => {
      const node = desired.nodes[name];
      return (node && lastStartS(node, facts[node.host])) ?? [];
    });
    const isLast = others.length === 0;
    return [
      {
        role,
        nodes,
        isLast,
        others: others.flatMap(([master]) => master ?? []),
        requests: isLast
          ? REQUESTS[role]
          : `requests that ${nodes.join(', ')} ${nodes.length === 1 ? 'works' : 'work'} on fail`,
        startsAgain: nodes.every((name) => started.has(name)),
        lastStartS: times.length === 0 ? null : Math.max(...times),
      },
    ];
  });
}

const REQUESTS: Readonly<Record<Outage['role'], string>> = {
  proxy: 'every request fails, also those under way',
  prefill: 'new requests fail; those that decode already are answered',
  decode: 'every request fails, also those under way',
  mixed: 'every request fails, also those under way',
};

/** `decode: d0, d1 are all that serve it: every request fails, also those under way, for about 4 min 05 s (their last start)` */
export function outageText({
  role,
  nodes,
  isLast,
  others,
  requests,
  startsAgain,
  lastStartS: seconds,
}: Outage): string {
  const [is, they, their] = nodes.length === 1 ? ['is', 'it is', 'its'] : ['are', 'they are', 'their'];
  const who = `${role}: ${nodes.join(', ')} ${is}`;
  const long = !startsAgain
    ? `until ${they} started again`
    : seconds === null
      ? `until ${they} ready again (how long ${their} last start took is not known)`
      : `for about ${duration(seconds * 1000)} (${their} last start)`;
  if (isLast) return `${who} all that serves it: ${requests}, ${long}`;
  return `${who} away ${long}: ${requests}; ${others.join(', ')} serve${others.length === 1 ? 's' : ''} meanwhile`;
}

/** As `--json` has it. */
export function shownOutage(outage: Outage): Outage & { readonly text: string } {
  return { ...outage, text: outageText(outage) };
}
