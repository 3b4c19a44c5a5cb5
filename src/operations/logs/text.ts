import { printable } from '../../report/words.ts';

export interface ShownLogLine {
  readonly source: { readonly node: string; readonly host: string; readonly path: string; readonly label: string };
  readonly atMs: number;
  readonly text: string;
}

/** `d0/server_2  | text`, each label as wide as the widest. */
export function logText(line: ShownLogLine, width: number): string {
  return `${line.source.label.padEnd(width)} | ${printable(line.text)}\n`;
}

/** A log line as --json says it. */
export function logEntry({ source, atMs, text }: ShownLogLine): object {
  return {
    node: source.node,
    host: source.host,
    log: source.path,
    at: new Date(atMs).toISOString(),
    text,
  };
}
