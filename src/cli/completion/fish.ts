import type { CompletedCommand, CompletedValue } from './completedCommand.ts';

/** A completion script for fish: words of commands first, then the flags of the command that is written. */
export function fishCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ id }) => id.split(':'));
  const lines = commands.flatMap((command) => [
    ...wordsOf(program, command, paths),
    ...wordsAfter(program, command),
    ...flagsOf(program, command),
  ]);
  return [HELPER.replaceAll('PROGRAM', program).trim(), ...new Set(lines), ''].join('\n');
}

/** True when the words written so far (flags apart) are exactly those given. */
const HELPER = `
function __PROGRAM_at
    set -l words (commandline -opc | string match -v -- '-*')
    test "$words[2..]" = "$argv"
end
function __PROGRAM_in
    set -l words (commandline -opc | string match -v -- '-*')
    string match -q -- "$argv*" "$words[2..]"
end
function __PROGRAM_nodes
    set -l words (commandline -opc)
    $words[1] completion nodes (string match -r -- '.*\\.(?:yml|yaml|json)$' $words) 2>/dev/null
end
`;

/** Each word of a command, where the words before it are written. */
function wordsOf(program: string, { id, summary }: CompletedCommand, all: readonly (readonly string[])[]): string[] {
  const words = id.split(':');
  return words.map((word, i) => {
    const before = words.slice(0, i).join(' ');
    const isTopic =
      i < words.length - 1 || all.some((other) => other.length > words.length && startsWith(other, words));
    const shown = isTopic && i < words.length - 1 ? `${words.slice(0, i + 1).join(' ')} ...` : summary;
    const at = before === '' ? `__${program}_at` : `__${program}_at ${before}`;
    return `complete -c ${program} -n ${quoted(at)} -f -a ${word} -d ${quoted(shown)}`;
  });
}

/** What follows the words of a command, besides files. */
function wordsAfter(program: string, { id, words }: CompletedCommand): string[] {
  if (words === null) return [];
  const where = quoted(`__${program}_in ${id.replaceAll(':', ' ')}`);
  return [`complete -c ${program} -n ${where} -a ${quoted(candidates(program, words))}`];
}

function candidates(program: string, values: Exclude<CompletedValue, null>): string {
  return values === 'nodes' ? `(__${program}_nodes)` : values.join(' ');
}

function flagsOf(program: string, { id, flags }: CompletedCommand): string[] {
  const where = quoted(`__${program}_in ${id.replaceAll(':', ' ')}`);
  return flags.map(({ name, char, summary, takesValue, values }) =>
    [
      `complete -c ${program} -n ${where}`,
      ...(char === null ? [] : [`-s ${char}`]),
      `-l ${name}`,
      ...(takesValue ? ['-r'] : []),
      ...(values === null ? [] : [`-f -a ${quoted(candidates(program, values))}`]),
      `-d ${quoted(summary)}`,
    ].join(' '),
  );
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, i) => words[i] === word);
}

/** In fish only a backslash and a quote mean something between quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").split('\n')[0]}'`;
}
