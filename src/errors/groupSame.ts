/** What is reported of one node or host. */
export interface Reported {
  /** Absent: it is reported of the host as a whole. */
  readonly node?: string;
  readonly host: string;
  readonly text: string;
}

export interface SameReports<T> {
  /** As it was reported; of several, with `<host>` and `<node>` where each has its own. */
  readonly text: string;
  readonly of: readonly T[];
}

/** Puts together what is the same but for the names of node and host, in the order of the first of each. */
export function groupSame<T extends Reported>(all: readonly T[]): readonly SameReports<T>[] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = withoutNames(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups].map(([key, of]) => {
    const isOneText = of.every(({ text }) => text === of[0]!.text);
    return { text: isOneText ? of[0]!.text : key, of };
  });
}

function withoutNames({ node, host, text }: Reported): string {
  const name = (of: string, shown: string) => (before: string) => before.replaceAll(whole(of), shown);
  const withoutHost = name(host, '<host>')(text);
  return node === undefined ? withoutHost : name(node, '<node>')(withoutHost);
}

/** Not within a longer name or number; a name may follow `_`. */
function whole(word: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9.])${word.replaceAll(/[.*+?^$()|[\]\\{}]/g, '\\$&')}(?![A-Za-z0-9])`, 'g');
}
