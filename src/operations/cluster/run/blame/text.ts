import { stripVTControlCharacters } from 'node:util';
import { causeOf } from '../../../../runner/cause.ts';
import { differencesOfTwo } from './differences.ts';
import type { Evidence } from './evidence.ts';
import { findSuspects } from './suspects.ts';

/** What an instance whose servers did not come up says of itself: the odd node out first, then who said what. */
export function blameText(instance: string, evidence: readonly Evidence[]): readonly string[] {
  const suspects = findSuspects(evidence);
  const [first, second] = suspects;
  const odd =
    first !== undefined && first.score > (second?.score ?? 0) && (first.isCertain || isAlone(first.node, evidence));
  const ended = evidence.filter(({ found }) => found !== null && found.state !== 'runs');
  const running = evidence.filter(({ found }) => found?.state === 'runs');
  const [only] = ended;
  // of two nodes neither is the odd one; who gave up while the other waits is
  const gaveUp = !odd && only !== undefined && ended.length === 1 && running.length > 0 ? only : null;
  const differences = odd ? [] : differencesOfTwo(evidence);
  const words = [
    ...(gaveUp === null
      ? []
      : [
          `${instance}: look at ${gaveUp.node} (${gaveUp.host}) first: its server ended (${gaveUp.found?.state}) while ${running.length === 1 ? 'the other runs' : 'the others run'}`,
        ]),
    ...(odd
      ? [`${instance}: look at ${first.node} (${first.host}) first: ${first.reasons.slice(0, 3).join('; ')}`]
      : []),
    ...(differences.length === 0
      ? []
      : [
          `${instance}: of two nodes nobody can say which is right; they differ in ${differences.slice(0, 3).join('; ')}`,
        ]),
    ...groupsOf(evidence).map(({ nodes, text }) => `${instance}: ${nodes.join(', ')}: ${text}`),
  ];
  return words.map(printable);
}

/** Logs and files are input: they may hold what moves a cursor. */
function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, '?');
}

/** Servers fail for each other's sake; only where all others are in one state is the one that is not worth a look. */
function isAlone(name: string, evidence: readonly Evidence[]): boolean {
  const states = evidence.flatMap(({ node, found }) => (found === null || node === name ? [] : [found.state]));
  const own = evidence.find(({ node }) => node === name)?.found?.state;
  return states.length > 1 && new Set(states).size === 1 && own !== states[0];
}

/** Nodes of which the same is to be said stand together, the smallest group first. */
function groupsOf(evidence: readonly Evidence[]): { nodes: readonly string[]; text: string }[] {
  const groups = new Map<string, string[]>();
  for (const { node, found } of evidence) {
    const text = found === null ? 'could not be asked' : textOf(found);
    groups.set(text, [...(groups.get(text) ?? []), node]);
  }
  return [...groups].map(([text, nodes]) => ({ nodes, text })).sort((a, b) => a.nodes.length - b.nodes.length);
}

function textOf({ state, ports, lastWords }: NonNullable<Evidence['found']>): string {
  const closed = Object.values(ports).filter((open) => !open).length;
  const total = Object.keys(ports).length;
  const words = causeOf(lastWords);
  return [
    state,
    ...(total === 0 ? [] : [closed === 0 ? 'all ports listen' : `${total - closed} of ${total} ports listen`]),
    ...(words === undefined ? [] : [`log: ${words}`]),
  ].join(', ');
}
