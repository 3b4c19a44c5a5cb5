import type { Argv } from './argv.ts';
import { quote, quoteWord } from './quote.ts';

/** Shell text whose words are quoted already. */
export interface ShellText {
  readonly sh: string;
}
export type Command = Argv | ShellText;

/** Each command's output is the next one's input. */
export function pipe(...commands: readonly Command[]): ShellText {
  return { sh: commands.map(part).join(' | ') };
}

/** Runs on while commands succeed. */
export function all(...commands: readonly Command[]): ShellText {
  return { sh: commands.map(part).join(' && ') };
}

/** Runs on until one succeeds. */
export function any(...commands: readonly Command[]): ShellText {
  return { sh: commands.map(part).join(' || ') };
}

/** Standard output goes to `file`; standard error too where asked. */
export function redirect(
  command: Command,
  file: string,
  options: { append?: boolean; errors?: boolean } = {},
): ShellText {
  // `./` keeps a name like `&1` or `-` a name
  const target = quoteWord(file.startsWith('/') ? file : `./${file}`);
  return { sh: `${part(command)} ${options.append ? '>>' : '>'}${target}${options.errors ? ' 2>&1' : ''}` };
}

export function shellText(command: Command): string {
  return 'sh' in command ? command.sh : quote(command);
}

/** Composites are braced, so that nesting means what it reads. */
function part(command: Command): string {
  return 'sh' in command ? `{ ${command.sh}; }` : quote(command);
}
