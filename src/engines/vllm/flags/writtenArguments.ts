import type { Flag, FlagTable } from './flag.ts';

/** A flag as it is written in `extra_args`, with its values. */
export interface WrittenArgument {
  /** In the list. */
  readonly index: number;
  /** As written, without a value behind `=`. */
  readonly written: string;
  /** Its name in vLLM; null: it has no such flag. */
  readonly name: string | null;
  readonly flag: Flag | null;
  /** `--eplb-config.window_size`: the key of the JSON. */
  readonly key: string | null;
  readonly values: readonly string[];
}

/** Values that no flag takes, by their place. */
export interface StrayValue {
  readonly index: number;
  readonly value: string;
  /** The flag before it, which takes none, or no more. */
  readonly after: WrittenArgument | null;
}

/** Flags and values as vLLM's parser takes them: `_` is `-`, and a flag may be short for the only one that begins so. */
export function writtenArguments(
  words: readonly string[],
  { flags }: Pick<FlagTable, 'flags'>,
): { readonly found: readonly WrittenArgument[]; readonly stray: readonly StrayValue[] } {
  const found: WrittenArgument[] = [];
  const stray: StrayValue[] = [];
  for (const [index, word] of words.entries()) {
    const last = found.at(-1);
    if (isFlag(word)) {
      found.push(argumentOf(word, index, flags));
    } else if (last === undefined || !takesMore(last)) {
      stray.push({ index, value: word, after: last ?? null });
    } else {
      found[found.length - 1] = { ...last, values: [...last.values, word] };
    }
  }
  return { found, stray };
}

/** The values that count, by flag; of one that is given twice the last. */
export function valuesByFlag(words: readonly string[], table: FlagTable): ReadonlyMap<string, string> {
  const { found } = writtenArguments(words, table);
  return new Map(
    found.flatMap(({ name, flag, key, written, values }) => {
      const isSwitch = flag?.type === 'switch' || flag?.type === 'flag' || flag?.optional === true;
      // one that needs a value and has none is reported elsewhere
      if (name === null || (values.length === 0 && !isSwitch)) return [];
      const value = values.join(' ') || String(!written.startsWith('--no-'));
      return [[key === null ? name : `${name}.${key}`, value] as const];
    }),
  );
}

function isFlag(word: string): boolean {
  return /^-[^\d.]/.test(word);
}

function argumentOf(word: string, index: number, flags: FlagTable['flags']): WrittenArgument {
  // -O3 is -O 3
  const [, written = word, value] = /^(-O)=?(.+)$/s.exec(word) ?? /^(-[^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const [head = written, ...keys] = written.split('.');
  const name = nameOf(head, flags);
  return {
    index,
    written,
    name,
    flag: name === null ? null : flags[name]!,
    key: keys.length === 0 ? null : keys.join('.'),
    values: value === undefined ? [] : [value],
  };
}

function nameOf(written: string, flags: FlagTable['flags']): string | null {
  if (written === '-O') return '--optimization-level';
  if (!written.startsWith('--')) {
    return Object.keys(flags).find((name) => flags[name]!.aliases?.includes(written)) ?? null;
  }
  const name = written.replaceAll('_', '-');
  if (Object.hasOwn(flags, name)) return name;
  const positive = name.replace(/^--no-/, '--');
  if (positive !== name && flags[positive]?.type === 'flag') return positive;
  const longer = Object.keys(flags).filter((flag) => flag.startsWith(name));
  return longer.length === 1 ? longer[0]! : null;
}

function takesMore({ flag, values }: WrittenArgument): boolean {
  // what an unknown flag takes is not known
  if (flag === null || flag.many) return true;
  return values.length === 0 && flag.type !== 'switch' && flag.type !== 'flag';
}
