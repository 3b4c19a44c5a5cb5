import type { ShownCommand } from './commands.ts';

/** Of oclif's plugin and of every command. */
const PLUGINS = new Set(['help']);
const EVERYWHERE = ['--help', '--json', '--version'];

/** The `omniplace` calls among lines a reader would type; comments, prompts and outputs are left out. */
export function callsIn(lines: readonly string[]): string[] {
  return joined(lines)
    .flatMap((line) => withoutComment(line.replace(/^\s*\$ /, '')).split(/\s*(?:&&|\|\||\||;)\s*/))
    .flatMap((part) => /^\s*(?:sudo |[A-Z_]+=\S+ )*omniplace ([a-z-].*)$/.exec(part)?.[1] ?? []);
}

/** What of a call (without the word omniplace) does not exist; null: all does. */
export function problemOf(call: string, commands: ReadonlyMap<string, ShownCommand>): string | null {
  const words = wordsOf(call);
  const [first = ''] = words;
  if (PLUGINS.has(first) || EVERYWHERE.includes(first)) return null;
  const depth = [3, 2, 1].find((count) => commands.has(words.slice(0, count).join(' ')));
  if (depth === undefined) return isTopic(words, commands) ? null : `no command ${words.slice(0, 2).join(' ')}`;
  const command = commands.get(words.slice(0, depth).join(' '))!;
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  const known = formsOf(command);
  for (const word of own.slice(depth)) {
    const flag = /^(--?[a-zA-Z][\w-]*)/.exec(word)?.[1];
    if (flag === undefined) continue;
    const forms = flag.startsWith('--') ? [flag] : [...flag.slice(1)].map((char) => `-${char}`);
    // -t value may be written -tvalue
    const taken = !flag.startsWith('--') && known.get(forms[0]!) === 'option' ? forms.slice(0, 1) : forms;
    const unknown = taken.find((form) => !known.has(form));
    if (unknown !== undefined) return `${words.slice(0, depth).join(' ')} has no ${unknown}`;
  }
  return null;
}

/** Every way to write a flag of a command, and whether a value follows. */
function formsOf(command: ShownCommand): ReadonlyMap<string, 'option' | 'boolean'> {
  const forms = new Map<string, 'option' | 'boolean'>(EVERYWHERE.map((flag) => [flag, 'boolean']));
  for (const [name, flag] of Object.entries(command.flags)) {
    for (const long of [name, ...(flag.aliases ?? [])]) forms.set(`--${long}`, flag.type);
    for (const short of [flag.char, ...(flag.charAliases ?? [])]) if (short) forms.set(`-${short}`, flag.type);
    if (flag.type === 'boolean' && flag.allowNo) forms.set(`--no-${name}`, 'boolean');
  }
  return forms;
}

/** `omniplace pattern ...` speaks of all commands of a topic. */
function isTopic(words: readonly string[], commands: ReadonlyMap<string, ShownCommand>): boolean {
  const [topic, next] = words;
  return (
    (next === undefined || next === '...' || next === '--help') &&
    [...commands.keys()].some((name) => name.startsWith(`${topic} `))
  );
}

/** Lines that end in a backslash go on in the next. */
function joined(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .replace(/\s*\\\n\s*/g, ' ')
    .split('\n');
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s)#\s.*$/, '');
}

/** A shell's words; quotes are taken off. */
function wordsOf(call: string): string[] {
  return (call.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replace(/["']/g, ''));
}
