/** A command as the manifest has it. */
export interface CompletedCommand {
  /** `lab:up` */
  readonly id: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
}

export interface CompletedFlag {
  readonly name: string;
  readonly char: string | null;
  readonly summary: string;
  readonly takesValue: boolean;
  /** The values that it takes, where these are known. */
  readonly options: readonly string[];
}

/** A completion script for fish: words of commands first, then the flags of the command that is written. */
export function fishCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ id }) => id.split(':'));
  const lines = commands.flatMap((command) => [...wordsOf(program, command, paths), ...flagsOf(program, command)]);
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

function flagsOf(program: string, { id, flags }: CompletedCommand): string[] {
  const where = quoted(`__${program}_in ${id.replaceAll(':', ' ')}`);
  return flags.map(({ name, char, summary, takesValue, options }) =>
    [
      `complete -c ${program} -n ${where}`,
      ...(char === null ? [] : [`-s ${char}`]),
      `-l ${name}`,
      ...(takesValue ? ['-r'] : []),
      ...(options.length === 0 ? [] : [`-f -a ${quoted(options.join(' '))}`]),
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
