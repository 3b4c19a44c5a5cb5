import { quote, quoteWord } from './quote.ts';

/** Runs the text that its first argument encodes by `sh` in its own place, with the arguments behind it. */
const DECODE = 'script=$(echo $0 | base64 -d); exec sh -c "$script" "$@"';

/** Newlines end a word of csh, `!` is its history, a doubled quote is a quote to rc, and a backslash is one to some. */
const DIFFERS = /[\n'!\\]/;

/** `sh -c SCRIPT ARGS` as one line that means the same to every login shell: sh, bash, zsh, csh, tcsh, fish, rc. */
export function inAnyShell(script: string, args: readonly string[] = []): string {
  const words = args.length === 0 ? '' : ` ${quote(args)}`;
  if (!DIFFERS.test(script)) return `sh -c ${quoteWord(script)}${words}`;
  return `sh -c '${DECODE}' ${Buffer.from(script).toString('base64')}${words}`;
}
