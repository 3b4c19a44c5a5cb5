import type { Topology } from '../topology/topology.ts';
import { globMatches } from './glob.ts';
import { planDigest } from './makePlan.ts';
import { splitCommas } from './splitCommas.ts';
import type { Plan, Step } from './step.ts';
import { ASKED_FOR_TAGS, TAGS, type Tag } from './tags.ts';

/** What of a plan was asked for. Lists may hold commas. */
export interface Selection {
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Hosts, nodes, roles, groups; `*` and `?` match; `!` takes away. */
  readonly limit: readonly string[];
  /** A tag, or a step's id or title: everything before it is left out. */
  readonly startAt: string | null;
  /** Names of foreign containers to stop; `*` and `?` match. */
  readonly takeOver: readonly string[];
}

export const EVERYTHING: Selection = { only: [], skip: [], limit: [], startAt: null, takeOver: [] };

export type SelectResult = { readonly plan: Plan; readonly problems: readonly string[] };

/**
 * The selected part of a plan. A problem is a word that matches nothing, or a step that was selected without what it needs:
 * a server is never started over configs, wheels or code that are older than the deployment.
 * Hosts that can't be reached stay in, whatever the tags: a run that could not even ask must not say "done".
 */
export function select(plan: Plan, selection: Selection, topology: Topology): SelectResult {
  const only = splitCommas(selection.only);
  const skip = splitCommas(selection.skip);
  const problems = [...only, ...skip]
    .filter((tag) => !isTag(tag))
    .map((tag) => `no tag ${tag}; there are ${[...TAGS, ...ASKED_FOR_TAGS].join(', ')}`);
  const nodes = limitedNodes(splitCommas(selection.limit), topology, problems);
  const start = startIndex(plan, selection.startAt, problems);

  const wanted = (step: Step, index: number) => {
    if (!servesAny(step, nodes)) return false;
    if (step.action.kind === 'check' && step.action.verdict === 'unreachable') return true;
    if (index < start) return false;
    return only.length > 0 ? only.includes(step.tag) : !skip.includes(step.tag);
  };
  const steps = plan.steps.filter(wanted);
  problems.push(...unmetNeeds(plan, steps));
  const digest = steps.length === plan.steps.length ? plan.digest : planDigest(steps);
  return { plan: { ...plan, steps, digest }, problems };
}

/** True for a step of one of `nodes`, or one that is done for their host as a whole. */
export function servesAny(step: Step, nodes: ReadonlySet<string>): boolean {
  return nodes.has(step.node) || step.alsoFor?.some((node) => nodes.has(node)) === true;
}

/** Names that `--limit` leaves. @param problems takes a sentence for each word that matches nothing */
export function limitedNodes(limit: readonly string[], topology: Topology, problems: string[]): ReadonlySet<string> {
  const handles = new Map(topology.nodes.map((node) => [node.name as string, handlesOf(node.name, topology)]));
  const matching = (pattern: string) =>
    [...handles].filter(([, names]) => names.some((name) => globMatches(pattern, name))).map(([node]) => node);
  const taken = limit.filter((word) => !word.startsWith('!'));
  const result = new Set(taken.length === 0 ? handles.keys() : []);
  for (const word of limit) {
    const pattern = word.replace(/^!/, '');
    const found = matching(pattern);
    if (found.length === 0)
      problems.push(
        `--limit ${word} matches no host, node, role or group; there are ${[...handles.keys()].join(', ')}`,
      );
    for (const node of found) word.startsWith('!') ? undefined : result.add(node);
  }
  for (const word of limit.filter((candidate) => candidate.startsWith('!')))
    for (const node of matching(word.slice(1))) result.delete(node);
  return result;
}

function handlesOf(name: string, topology: Topology): string[] {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  if (!node) return [name];
  if (node.role === 'proxy') return [name, node.host, 'proxy'];
  const group = topology.instances[node.instance]?.group.name ?? '';
  return [name, node.host, node.role, `${node.role}.${group}`, group];
}

function startIndex(plan: Plan, startAt: string | null, problems: string[]): number {
  if (startAt === null) return 0;
  const tagIndex = TAGS.indexOf(startAt);
  if (tagIndex >= 0) {
    const found = plan.steps.findIndex((step) => TAGS.indexOf(step.tag) >= tagIndex);
    return found < 0 ? plan.steps.length : found;
  }
  const found = plan.steps.findIndex((step) => step.id === startAt || step.title === startAt);
  if (found < 0) problems.push(`--start-at ${startAt} is no tag and no step of this plan; --list-tasks shows them`);
  return Math.max(found, 0);
}

function unmetNeeds(plan: Plan, selected: readonly Step[]): string[] {
  const ids = new Set(selected.map((step) => step.id));
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const missingTags = new Map<Tag, { tags: Set<Tag>; because: Set<string> }>();
  for (const step of selected) {
    for (const need of step.needs) {
      const needed = byId.get(need);
      if (ids.has(need) || !needed) continue;
      const entry = missingTags.get(step.tag) ?? { tags: new Set<Tag>(), because: new Set<string>() };
      entry.tags.add(needed.tag);
      entry.because.add(`${needed.node}: ${needed.because}`);
      missingTags.set(step.tag, entry);
    }
  }
  return [...missingTags].map(([tag, { tags, because }]) => {
    const use = [...TAGS, ...ASKED_FOR_TAGS].filter((candidate) => tags.has(candidate) || candidate === tag);
    return `${tag} would run over something older than the deployment (${[...because].slice(0, 3).join('; ')}); use --only ${use.join(',')}`;
  });
}

function isTag(word: string): boolean {
  return [...TAGS, ...ASKED_FOR_TAGS].includes(word);
}
