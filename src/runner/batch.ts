import { conditionsOf, type Step } from '../plan/step.ts';
import { quote } from '../shell/quote.ts';

/** One piece of shell per step, made by its action. */
export interface Fragment {
  readonly step: Step;
  /** POSIX shell; its exit code is the step's. */
  readonly script: string;
}

/** How a step of a batch ended. `code`: exit code of its script. */
export type FragmentEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'already-done' }
  | { readonly kind: 'drifted'; readonly code: number }
  | { readonly kind: 'not-run' };

/**
 * Fuses steps of one host into a single script: one round trip, whatever their number. Each step is framed by marker lines that
 * carry `nonce`; a step that needs a failed one of the same batch is not run; each has an empty standard input.
 */
export function composeBatch(fragments: readonly Fragment[], nonce: string): string {
  const indexOf = new Map(fragments.map(({ step }, index) => [step.id, index]));
  const head = [`n=${nonce}`, `m() { printf '\\n%s %s %s %s\\n' "$n" "$1" "$2" "$3"; }`];
  const pieces = fragments.map(({ step, script }, index) => {
    const needs = conditionsOf(step).flatMap((id) => indexOf.get(id) ?? []);
    const body = step.guard === null ? runPiece(index, script) : guardedPiece(index, step.guard, script);
    if (needs.length === 0) return body;
    return `if [ "${needs.map((need) => `\${r${need}}`).join('')}" = "${'0'.repeat(needs.length)}" ]; then\n${body}\nelse r${index}=1; m end ${index} not-run; fi`;
  });
  return `${[...head, ...pieces].join('\n')}\nexit 0\n`;
}

function runPiece(index: number, script: string): string {
  return `m begin ${index}\n(\n${script}\n) </dev/null 2>&1\nr${index}=$?; m end ${index} "$r${index}"`;
}

function guardedPiece(index: number, guard: readonly string[], script: string): string {
  return [
    `m begin ${index}`,
    `${quote(guard)} </dev/null >/dev/null 2>&1; g=$?`,
    `case $g in`,
    `0) r${index}=0; m end ${index} already-done ;;`,
    `1) (\n${script}\n) </dev/null 2>&1\nr${index}=$?; m end ${index} "$r${index}" ;;`,
    `*) r${index}=1; m end ${index} "drifted:$g" ;;`,
    `esac`,
  ].join('\n');
}

export interface BatchListener {
  readonly began: (index: number) => void;
  readonly line: (index: number, line: string) => void;
  readonly ended: (index: number, end: FragmentEnd) => void;
}

/** Reads a batch's standard output line by line. */
export function batchReader(nonce: string, listener: BatchListener): (line: string) => void {
  let current = -1;
  // a marker is preceded by a line break of its own: an empty line is only passed on once the next line shows it was the step's
  let heldEmpty = false;
  return (line) => {
    const match = line.startsWith(`${nonce} `) ? /^\S+ (begin|end) (\d+) ?(\S*)/.exec(line) : null;
    if (!match) {
      if (heldEmpty && current >= 0) listener.line(current, '');
      heldEmpty = line === '';
      if (!heldEmpty && current >= 0) listener.line(current, line);
      return;
    }
    heldEmpty = false;
    const index = Number(match[2]);
    if (match[1] === 'begin') {
      current = index;
      listener.began(index);
    } else {
      current = -1;
      listener.ended(index, readEnd(match[3] ?? ''));
    }
  };
}

function readEnd(word: string): FragmentEnd {
  if (word === 'already-done') return { kind: 'already-done' };
  if (word === 'not-run') return { kind: 'not-run' };
  if (word.startsWith('drifted:')) return { kind: 'drifted', code: Number(word.slice('drifted:'.length)) };
  return { kind: 'exit', code: Number(word) };
}
