/** Numbers of an IPv4 address. */
const NUMBERS = 4;

/**
 * How many entries of a list, from an index, are one entry that was split at its commas: `10.0.0.{1` and `2}` are, and so are the
 * numbers of `10,0,0,1`. 1: the entry is a whole one.
 */
export function entriesOfOne(entries: readonly string[], at: number): number {
  const numbers = entries.slice(at, at + NUMBERS);
  if (numbers.length === NUMBERS && numbers.every((entry) => /^\d{1,3}$/.test(entry))) return NUMBERS;
  const opened = /[[{][^\]}]*$/.test(entries[at]!);
  if (!opened) return 1;
  const close = entries.findIndex((entry, i) => i > at && /[[{\]}]/.test(entry));
  return close > at && /^[^[{]*[\]}]/.test(entries[close]!) ? close - at + 1 : 1;
}

/** The entries that a bracket stands for, `10.0.0.[1:3],10.0.0.5` for `10.0.0.[1-3,5]`; null: it has another form. */
export function bracketEntries(written: string): readonly string[] | null {
  const [, before, inner, after] = /^([^[\]{}]*)[[{]([^[\]{}]+)[\]}]([^[\]{}]*)$/.exec(written) ?? [];
  if (before === undefined) return null;
  const entries = inner!.split(',').map((each) => {
    const [, first, last] = /^\s*(\w+)(?:\s*(?:\.\.|[-:~])\s*(\w+))?\s*$/.exec(each) ?? [];
    if (first === undefined) return null;
    return `${before}${last === undefined ? first : `[${first}:${last}]`}${after}`;
  });
  return entries.every((entry) => entry !== null) ? entries : null;
}
