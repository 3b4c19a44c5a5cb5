import { closingBracket } from './closingBracket.ts';
import { arithmetic, ShellTextError, type Variables } from './shellArithmetic.ts';
import { shellWords } from './shellWords.ts';

/** In a value, in place of what is known only when a script runs. No text of a file has it. */
export const UNKNOWN = '\uFFFF';

export type Values = Readonly<Record<string, string>>;

/** Words of a command as bash makes them: quotes taken away, variables and sums filled in. A command substitution is {@link UNKNOWN}. */
export function expandedWords(text: string, values: Variables): readonly string[] {
  return shellWords(text, (all, at, quote) => (isOpening(all, at, quote) ? expansion(all, at, values) : null));
}

/** Ansible fills its templates in before bash sees any quote. */
function isOpening(text: string, at: number, quote: string): boolean {
  if (/^\{\{\s*[A-Za-z_]/.test(text.slice(at, at + 20))) return true;
  return quote !== "'" && /^(\$[A-Za-z_({]|`)/.test(text.slice(at, at + 2));
}

function expansion(text: string, at: number, values: Variables): { readonly end: number; readonly value: string } {
  const rest = text.slice(at);
  const template = /^\{\{.*?\}\}/s.exec(rest)?.[0] ?? /^`[^`]*`?/s.exec(rest)?.[0];
  if (template !== undefined) return { end: at + template.length, value: UNKNOWN };
  if (rest.startsWith('$((')) {
    const end = endOf(text, at + 1);
    return { end, value: sum(text.slice(at + 3, end - 2), values) };
  }
  if (rest.startsWith('$(')) return { end: endOf(text, at + 1), value: UNKNOWN };
  const [whole, plain, braced, otherwise] = /^\$(?:([A-Za-z_]\w*)|\{(\w+)(?::-([^}]*))?\})/.exec(rest) ?? [];
  if (whole !== undefined) return { end: at + whole.length, value: values(plain ?? braced!) ?? otherwise ?? UNKNOWN };
  const other = /^\$\{[^}]*\}?/.exec(rest)?.[0] ?? rest[0]!;
  return { end: at + other.length, value: other.length > 1 ? UNKNOWN : other };
}

/** Index after the bracket that closes the one at `open`; the end of a text that does not close it. */
function endOf(text: string, open: number): number {
  const end = closingBracket(text, open);
  return end === null ? text.length : end + 1;
}

/** What is in `$((..))`; what can't be evaluated here is not known. */
function sum(text: string, values: Variables): string {
  try {
    return String(arithmetic(text, (name) => values(name)?.trim() ?? null));
  } catch (error) {
    if (error instanceof ShellTextError) return UNKNOWN;
    throw error;
  }
}
