import { printable } from '../../report/printable.ts';
import type { LogLine } from './logs.ts';

/** `d0/server_2  | text`, each label as wide as the widest. */
export function logText(
  { source, text }: LogLine,
  width: number,
  color: (node: string, label: string) => string = (_, label) => label,
): string {
  return `${color(source.node, source.label.padEnd(width))} | ${printable(text)}\n`;
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
