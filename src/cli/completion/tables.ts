import { type CompletedCommand, type CompletedValue, followingWords } from './completedCommand.ts';

/** What bash and zsh share: shell functions that print what a command, a flag or a word may be. */
export function completionTables(program: string, commands: readonly CompletedCommand[]): string {
  const next = followingWords(commands);
  const known = new Set([...commands.map(({ id }) => id.replaceAll(':', ' ')), ...next.keys()]);
  known.delete('');
  const flags = commands.map(
    ({ id, flags: all }): Row => [[wordsOf(id)], all.map(({ name }) => `--${name}`).join(' ')],
  );
  const values = commands.flatMap(({ id, flags: all }) =>
    all
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ name, char, values: some }): Row => [
          [`${wordsOf(id)} --${name}`, ...(char === null ? [] : [`${wordsOf(id)} -${char}`])],
          shown(some),
        ],
      ),
  );
  const words = commands.map(({ id, words: some }): Row => [[wordsOf(id)], shown(some)]);
  return [
    `# Prints nothing. Whether the words are a command, or begin one.`,
    `_${program}_is_known() {`,
    `  case $1 in`,
    `  ${[...known].map(quoted).join(' | ')}) return 0 ;;`,
    `  *) return 1 ;;`,
    `  esac`,
    `}`,
    `# The words that may follow, where the command has more words.`,
    ...table(
      `_${program}_next`,
      [...next].map(([before, after]): Row => [[before], after.join(' ')]),
    ),
    `# The flags of a command.`,
    ...table(`_${program}_flags`, flags),
    `# What the value of a flag may be; fails for a flag that takes none.`,
    ...table(`_${program}_values`, values, true),
    `# What the words after a command may be.`,
    ...table(`_${program}_words`, words),
  ].join('\n');
}

type Row = readonly [patterns: readonly string[], printed: string];

/** Stands for the nodes of the deployment, which the script asks for. */
const NODES = '@nodes';

function shown(value: CompletedValue): string {
  return value === null ? '' : value === 'nodes' ? NODES : value.join(' ');
}

/** Rows that print the same are one. */
function table(name: string, rows: readonly Row[], failsElse = false): string[] {
  const byPrinted = new Map<string, string[]>();
  for (const [patterns, printed] of rows) {
    if (printed !== '' || failsElse) byPrinted.set(printed, [...(byPrinted.get(printed) ?? []), ...patterns]);
  }
  return [
    `${name}() {`,
    '  case $1 in',
    ...[...byPrinted].map(([printed, patterns]) => `  ${patterns.map(quoted).join(' | ')}) echo ${quoted(printed)} ;;`),
    ...(failsElse ? ['  *) return 1 ;;'] : []),
    '  esac',
    '}',
  ];
}

function wordsOf(id: string): string {
  return id.replaceAll(':', ' ');
}

function quoted(text: string): string {
  return `'${text}'`;
}
