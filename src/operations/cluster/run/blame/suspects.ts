import type { Evidence, Found } from './evidence.ts';

/** A node that is not as the others, and how. Worst first. */
export interface Suspect {
  readonly node: string;
  readonly host: string;
  readonly score: number;
  /** More than what its server says and does speaks against it: a file, a variable, an interface. */
  readonly isCertain: boolean;
  /** One sentence each, weightiest first. */
  readonly reasons: readonly string[];
}

/** What a difference weighs: files decide what a server does, its last words only what it said of it. */
const SAYINGS: ReadonlySet<string> = new Set(['port', 'state', 'words']);
const WEIGHTS = { wrong: 20, file: 10, interface: 10, environment: 5, port: 3, state: 3, words: 1 } as const;

/**
 * Who of the nodes of an instance is the odd one out. What most of them have in common (more than half) is right; what each
 * has for itself (its ranks, its offsets) says nothing, once its own name and address are taken out of it.
 */
export function findSuspects(evidence: readonly Evidence[]): readonly Suspect[] {
  const asked = evidence.flatMap(({ node, host, found }) =>
    found === null ? [] : [{ node, host, found, marks: marksOf(node, host, found) }],
  );
  const counts = countMarks(asked.map(({ marks }) => marks));
  // who has no process has no environment, which is no difference
  const numWith = (kind: Mark['kind']) => asked.filter(({ marks }) => marks.some((mark) => mark.kind === kind)).length;
  const suspects = asked.map(({ node, host, found, marks }): Suspect => {
    const oddities = [...wrongOf(found), ...odditiesOf(marks, counts, numWith)].sort((a, b) => b.weight - a.weight);
    return {
      node,
      host,
      // several ports of a node, like several lines of a file, are one difference
      score: oddities.reduce((sum, { weight }, i) => sum + (isRepeated(oddities, i) ? 0 : weight), 0),
      isCertain: oddities.some(({ isCertain }) => isCertain),
      reasons: oddities.map(({ text }) => text),
    };
  });
  return suspects.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
}

interface Mark {
  readonly kind: keyof typeof WEIGHTS;
  /** What it is of: a file, a variable, a port. */
  readonly of: string;
  /** Lines of one file are many marks; of anything else there is one. */
  readonly values: readonly string[];
}

interface Oddity {
  readonly weight: number;
  readonly isCertain: boolean;
  readonly of: string;
  readonly text: string;
}

function marksOf(node: string, host: string, found: Found): readonly Mark[] {
  const general = (text: string) => generalise(text, node, host);
  // as it is and as it would be of anybody: a list of all nodes is the same everywhere, a node's own name nowhere
  const both = (texts: readonly string[]) => [...texts, ...texts.map(general)];
  return [
    ...Object.entries(found.files).map(
      ([path, text]): Mark => ({ kind: 'file', of: general(path), values: both(linesOf(text)) }),
    ),
    ...Object.entries(found.digests).flatMap(([path, digest]): Mark[] =>
      Object.hasOwn(found.files, path) ? [] : [{ kind: 'file', of: general(path), values: [digest] }],
    ),
    ...Object.entries(found.environment).map(
      ([name, value]): Mark => ({ kind: 'environment', of: name, values: both([value]) }),
    ),
    ...Object.entries(found.ports).map(
      ([purpose, open]): Mark => ({ kind: 'port', of: purpose, values: [open ? 'listens' : 'does not listen'] }),
    ),
    { kind: 'state', of: 'its server', values: [found.state] },
    { kind: 'words', of: 'its last words', values: [withoutNumbers(general(found.lastWords.at(-1) ?? ''))] },
  ];
}

/** What is of one node alone: its name, its address. */
function generalise(text: string, node: string, host: string): string {
  return text
    .replaceAll(host, '<address>')
    .replaceAll(new RegExp(`(?<![A-Za-z0-9])${node}(?![A-Za-z0-9])`, 'g'), '<node>');
}

/** JSON is often one long line: its members are compared one by one. */
function linesOf(text: string): string[] {
  return text
    .split(/\n|,(?= ?["{[])/)
    .map((line) => line.replace(/[\s,]+$/, '').trim())
    .filter((line) => line !== '');
}

function withoutNumbers(line: string): string {
  return line.replaceAll(/0x[0-9a-f]+|\d+/gi, '#').slice(0, 200);
}

/** How many nodes have each value, by kind and what it is of. */
function countMarks(all: readonly (readonly Mark[])[]): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { kind, of, values } of all.flat()) {
    const key = `${kind} ${of}`;
    const counted = counts.get(key) ?? new Map<string, number>();
    counts.set(key, counted);
    for (const value of new Set(values)) counted.set(value, (counted.get(value) ?? 0) + 1);
  }
  return counts;
}

/** What more than half have and this node has not. */
function odditiesOf(
  marks: readonly Mark[],
  counts: ReadonlyMap<string, Map<string, number>>,
  numWith: (kind: Mark['kind']) => number,
): Oddity[] {
  const kinds = new Set(marks.map(({ kind }) => kind));
  const mine = new Map(marks.map((mark) => [`${mark.kind} ${mark.of}`, mark]));
  return [...counts].flatMap(([key, counted]): Oddity[] => {
    const kind = key.slice(0, key.indexOf(' ')) as Mark['kind'];
    const of = key.slice(key.indexOf(' ') + 1);
    if (!kinds.has(kind)) return [];
    const numNodes = numWith(kind);
    const values = mine.get(key)?.values ?? [];
    const missing = [...counted].filter(([value, count]) => count * 2 > numNodes && !values.includes(value));
    const [first] = missing;
    if (first === undefined) return [];
    const [common, count] = first;
    const own = values.find((value) => (counted.get(value) ?? 0) * 2 <= numNodes);
    const rarity = 1 - (own === undefined ? 0 : (counted.get(own) ?? 0)) / numNodes;
    const text = `${of}: ${own === undefined ? 'lacks' : `${shown(own)} instead of`} ${shown(common)}, which ${count} others have`;
    const isCertain = !SAYINGS.has(kind);
    return [{ weight: WEIGHTS[kind] * rarity, isCertain, of: isCertain ? key : kind, text }];
  });
}

function wrongOf(found: Found): Oddity[] {
  const interfaces = Object.entries(found.environment).filter(
    ([name, value]) => /SOCKET_IFNAME$/.test(name) && found.interfaces.length > 0 && !found.interfaces.includes(value),
  );
  return [
    ...found.wrongFiles.map((path) => ({
      weight: WEIGHTS.wrong,
      isCertain: true,
      of: `file ${path}`,
      text: `${path}: is not what its deployment says`,
    })),
    ...interfaces.map(([name, value]) => ({
      weight: WEIGHTS.interface,
      isCertain: true,
      of: `environment ${name}`,
      text: `${name}=${value}: the host has no such interface, but ${found.interfaces.join(', ')}`,
    })),
  ];
}

function isRepeated(oddities: readonly Oddity[], at: number): boolean {
  return oddities.slice(0, at).some(({ of }) => of === oddities[at]?.of);
}

function shown(value: string): string {
  return value.length > 80 ? `${value.slice(0, 77)}...` : value;
}
