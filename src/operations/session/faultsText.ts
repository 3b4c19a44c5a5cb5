import { isRefusedUnread } from '../../deployment/document.ts';
import type { Fault } from '../../deployment/fault.ts';
import { secretSpans } from '../../deployment/secretSpans.ts';
import { plural } from '../../report/plural.ts';
import { printable } from '../../report/printable.ts';

/** Faults as text: place, code and message, the line with a caret, the hint. `texts`: the files' contents, for the frames. */
export function faultsText(faults: readonly Fault[], texts: ReadonlyMap<string, string>): string {
  const frames = new Map([...texts].map(([file, text]) => [file, framer(text)]));
  return faults.map((fault) => faultLines(fault, frames.get(fault.file)).join('\n')).join('\n\n');
}

/** `deploy.yml: 2 errors, 1 warning` */
export function faultsSummary(files: readonly string[], faults: readonly Fault[]): string {
  const numErrors = faults.filter((fault) => fault.severity === 'error').length;
  const numWarnings = faults.length - numErrors;
  const what = files.length === 1 ? files[0] : plural(files.length, 'file');
  if (faults.length === 0) return `${what}: no faults`;
  const counts = [
    numErrors > 0 ? plural(numErrors, 'error') : '',
    numWarnings > 0 ? plural(numWarnings, 'warning') : '',
  ];
  return `${what}: ${counts.filter(Boolean).join(', ')}`;
}

function faultLines(fault: Fault, frame: Framer | undefined): readonly string[] {
  const place = fault.line === null ? fault.file : `${fault.file}:${fault.line}:${fault.col}`;
  return [
    `${place}: ${fault.severity} ${fault.code}: ${printable(fault.message)}`,
    ...(fault.line === null || fault.col === null || !frame ? [] : frame(fault.line, fault.col)),
    ...(fault.hint === null ? [] : [`  hint: ${printable(fault.hint)}`]),
  ];
}

type Framer = (line: number, col: number) => readonly string[];

/** With number and dots a line keeps to 80 columns, or its caret would point to another word. */
const MAX_WIDTH = 66;
const REDACTED = '[REDACTED]';

function framer(text: string): Framer {
  if (text === '' || isRefusedUnread(text)) return () => [];
  const starts = lineStarts(text);
  const spans = secretSpans(text);
  return (line, col) => {
    const start = starts[line - 1];
    if (start === undefined) return [];
    const end = (starts[line] ?? text.length + 1) - 1;
    const shown = redacted(text.slice(start, end).replace(/\r$/, ''), start, col - 1, spans);
    const caret = '^'.repeat(tokenLength(shown.text.slice(shown.at)));
    const from = Math.max(0, Math.min(shown.at - 20, shown.text.length - MAX_WIDTH));
    const window = shown.text.slice(from, from + MAX_WIDTH);
    const number = String(line);
    return [
      `  ${number} | ${from > 0 ? '...' : ''}${printable(window.replaceAll('\t', ' '))}`,
      `  ${' '.repeat(number.length)} | ${' '.repeat(shown.at - from + (from > 0 ? 3 : 0))}${caret}`,
    ];
  };
}

/** The line with its secrets taken out, and where column `at` (0-based) is now. */
function redacted(
  line: string,
  lineStart: number,
  at: number,
  spans: readonly (readonly [number, number])[],
): { readonly text: string; readonly at: number } {
  let text = '';
  let newAt = at;
  let done = 0;
  for (const [spanFrom, spanTo] of spans) {
    const from = Math.max(spanFrom - lineStart, done);
    const to = Math.min(spanTo - lineStart, line.length);
    if (from >= to) continue;
    text += line.slice(done, from);
    if (at >= to) newAt += REDACTED.length - (to - from);
    else if (at >= from) newAt = text.length;
    text += REDACTED;
    done = to;
  }
  return { text: text + line.slice(done), at: newAt };
}

/** How far the caret line goes: a quoted text, or a word. */
function tokenLength(rest: string): number {
  const [token = ''] = /^("[^"]*"|'[^']*'|[^\s,:{}[\]"']+)/.exec(rest) ?? [];
  return Math.max(1, Math.min(token.length, 40));
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}
