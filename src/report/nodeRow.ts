/** What the view puts before a node's row: indent and sign; and a column that terminals keep free. */
const AROUND = 5;

/** A row of a terminal's width: what came of a step is shown whole, and of what it did as much as there is room for. */
export function nodeRow(what: string, outcome: string, columns: number | undefined): string {
  const room = (columns ?? Number.POSITIVE_INFINITY) - AROUND - outcome.length - 2;
  const shown = what.length <= room ? what : `${what.slice(0, Math.max(0, room - 1))}…`;
  return `${shown}  ${outcome}`;
}
