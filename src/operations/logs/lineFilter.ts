import { UserError } from '../../errors/userError.ts';
import type { LogLine } from './logs.ts';
import { timeOf } from './logTime.ts';

export interface LineWish {
  /** Lines that match it. */
  readonly grep: RegExp | null;
  /** Errors, with the lines of their tracebacks. */
  readonly errors: boolean;
  /** Also the lines that a server writes about each request. */
  readonly access: boolean;
}

/** Decides which lines are shown; takes the lines of each log in their order. */
export class LineFilter {
  /** Lines about requests that were left out. */
  numHidden = 0;
  /** Whether the last record of a log was an error: the lines of its traceback have no level of their own. */
  readonly #inError = new Map<string, boolean>();

  constructor(private readonly wish: LineWish) {}

  shows({ source, text }: LogLine): boolean {
    const { grep, errors, access } = this.wish;
    if (errors && !this.#isError(source.path, text)) return false;
    if (grep !== null) return grep.test(text);
    if (access || !isAccess(text)) return true;
    this.numHidden += 1;
    return false;
  }

  #isError(path: string, text: string): boolean {
    const begins = ERROR.test(text) || FAILED_REQUEST.test(text);
    // a line with a time or a level begins a record, others belong to the one before
    const isRecord = LEVEL.test(text) || timeOf(text, ANY_CLOCK) !== null;
    if (begins || isRecord) this.#inError.set(path, begins);
    return this.#inError.get(path) ?? false;
  }
}

/** A request that was answered, as servers and proxies log it. One that the server failed is not left out. */
export function isAccess(text: string): boolean {
  return REQUEST.test(text) && !FAILED_REQUEST.test(text);
}

/** The expression of --grep, as JavaScript has them. */
export function grepOf(written: string | undefined): RegExp | null {
  if (written === undefined) return null;
  try {
    return new RegExp(written);
  } catch (cause) {
    throw new UserError('bad_usage', `--grep ${written} is not a regular expression: ${(cause as Error).message}`, {
      hint: 'Put a backslash before characters that are meant as such: \\( \\[ \\* \\+ \\?',
      cause,
    });
  }
}

const REQUEST = /"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) \S+ HTTP\/[\d.]+" \d{3}\b/;
const FAILED_REQUEST = /"[A-Z]+ \S+ HTTP\/[\d.]+" 5\d\d\b/;
/** Levels in capitals, the first line of a traceback, its last (`RuntimeError: ...`), a proxy's `[error]`, and what a shell or kernel reports. */
const ERROR =
  /\b(?:ERROR|CRITICAL|FATAL|PANIC)\b|Traceback \(most recent call last\)|^(?:\w+\.)*\w*(?:Error|Exception)\b(?:: |$)|\[(?:error|crit|alert|emerg)\]|Segmentation fault|core dumped|Out of memory|\bpanic: /;
const LEVEL = /^\W{0,3}(?:DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b/;
/** Whether a line has a time does not depend on its clock. */
const ANY_CLOCK = { zoneMin: 0, year: 2000 } as const;
