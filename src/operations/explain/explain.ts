import type { Deployment } from '../../deployment/deployment.ts';
import type { Positions } from '../../deployment/positions.ts';
import { suggest } from '../../deployment/suggest.ts';
import type { UsedDialect } from '../../engines/dialectReader.ts';
import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import type { Reasoned } from '../../topology/reasoned.ts';
import type { Node } from '../../topology/topology.ts';
import { routerReasons } from './routerReasons.ts';
import { type Origin, serviceReasons, settingReasons } from './settingReasons.ts';

type Reasons = Readonly<Record<string, Reasoned>>;

/** node -> its host and its values, each with its reason */
export type Explanation = Readonly<Record<string, ExplainedNode>>;

interface ExplainedNode {
  readonly host: string;
  readonly values: Readonly<Record<string, Reasoned>>;
}

/** The keys that all nodes share, by the name of their map. */
const SERVICES = 'services';

/**
 * Why each value is what it is. `what` narrows it to a node, to `services`, or to one value: `d1.server_offset`; with it, keys
 * that nothing sets are listed too, with their defaults.
 */
export function explain(
  deployment: Deployment,
  what: string | null,
  /** What start scripts are written for; null: it does not matter. */
  dialect: UsedDialect | null = null,
  /** Where each value is written; null: reasons name the places that may set it. */
  positions: Positions | null = null,
): { readonly explanation: Explanation } | { readonly problem: string } {
  const all = explainedNodes(deployment, dialect, positions, what !== null);
  if (what === null) return { explanation: all };
  const [, name = '', value] = /^([^.]*)(?:\.(.*))?$/s.exec(what) ?? [];
  const node = owned(all, name);
  if (node === undefined) return { problem: unknownWord('node', name, Object.keys(all)) };
  if (value === undefined) return { explanation: { [name]: node } };
  const reasoned = owned(node.values, value);
  if (reasoned === undefined) return { problem: unknownWord(`value of ${name}`, value, Object.keys(node.values)) };
  return { explanation: { [name]: { host: node.host, values: { [value]: reasoned } } } };
}

function explainedNodes(
  deployment: Deployment,
  dialect: UsedDialect | null,
  positions: Positions | null,
  hasDefaults: boolean,
): Explanation {
  const written = dialect === null ? {} : { dialect: { value: dialect.name, because: dialectReason(dialect) } };
  const topology = topologyOf(deployment);
  const router = engineOf(deployment.engine).router?.(deployment, topology) ?? null;
  const origin = positions === null ? null : { deployment, topology, positions };
  const nodes = topology.nodes.map((node): [string, ExplainedNode] => {
    const { name, host } = node;
    const derived = { ...node.reasons, ...(router?.node.name === name ? routerReasons(router) : {}) };
    const values = origin === null ? derived : withPlaces(node, derived, origin, hasDefaults);
    return [name, { host, values: { ...values, ...written } }];
  });
  return Object.fromEntries(hasDefaults && origin !== null ? [...nodes, servicesOf(origin)] : nodes);
}

/** A value that is written has its place for a reason, whatever else follows from it. */
function withPlaces(node: Node, derived: Reasons, origin: Origin, hasDefaults: boolean): Reasons {
  const { written, defaults } = settingReasons(node, origin);
  const placed = Object.fromEntries(
    Object.entries(derived).map(([key, reason]) => {
      const because = (owned(written, key) ?? owned(defaults, key))?.because;
      const isDerived = owned(written, key) === undefined && owned(defaults, key)?.value === null;
      return [key, because === undefined || isDerived ? reason : { ...reason, because }];
    }),
  );
  return {
    ...placed,
    ...without(written, derived),
    ...(hasDefaults ? without(defaults, { ...derived, ...written }) : {}),
  };
}

function without(reasons: Reasons, others: Reasons): Reasons {
  return Object.fromEntries(Object.entries(reasons).filter(([key]) => !Object.hasOwn(others, key)));
}

function servicesOf(origin: Origin): [string, ExplainedNode] {
  const { written, defaults } = serviceReasons(origin);
  return [SERVICES, { host: origin.deployment.name, values: { ...written, ...defaults } }];
}

function dialectReason({ from }: UsedDialect): string {
  if (from !== null) return `start scripts are written for it: read from ${from} on this machine`;
  return 'start scripts are written for it: assumed, as no host is asked; facts reads the image';
}

/** What is called by a word of the user's, `toString` and the like not taken for it. */
function owned<T>(named: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(named, word) ? named[word] : undefined;
}

/** A block per node: name, value, reason. */
export function explanationText(explanation: Explanation): string {
  return Object.entries(explanation)
    .map(([name, { host, values }]) => {
      const rows = Object.entries(values).map(([key, { value, because }]) => [key, inWords(value), because] as const);
      const keyWidth = Math.max(...rows.map(([key]) => key.length));
      const valueWidth = Math.min(24, Math.max(...rows.map(([, value]) => value.length)));
      const lines = rows.map(
        ([key, value, because]) => `  ${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${because}`,
      );
      return [`${name} ${name === SERVICES ? 'of' : 'on'} ${host}`, ...lines].join('\n');
    })
    .join('\n\n');
}

function inWords(value: Reasoned['value']): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? 'none' : isRun(value) ? `${value[0]}-${value.at(-1)}` : value.join(',');
}

/** Three or more whole numbers, each one more than the last. */
function isRun(values: readonly (string | number)[]): boolean {
  return values.length > 2 && values.every((value, i) => typeof value === 'number' && value === Number(values[0]) + i);
}

function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const meant = suggest(word, known);
  return `no ${kind} is called '${word}'${meant === null ? '.' : `; did you mean ${meant}?`} There are ${known.join(', ')}.`;
}
