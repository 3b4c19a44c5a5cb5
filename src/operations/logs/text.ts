import { printable } from '../../report/printable.ts';
import type { LogLine } from './logs.ts';

/** `d0/server_2  | text`, each label as wide as the widest. */
export function logText(line: LogLine, width: number): string {
  return `${line.source.label.padEnd(width)} | ${printable(line.text)}\n`;
}

/** A log line as --json says it. */
export function logEntry({ source, atMs, text }: LogLine): object {
  return {
    node: source.node,
    host: source.host,
    log: source.path,
    at: new Date(atMs).toISOString(),
    text,
  };
}
