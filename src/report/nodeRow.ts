/** What listr2 keeps of the width: indent, sign, and two columns that stay free. */
const AROUND = 6;

/** A row of a terminal's width: what came of a step is shown whole, and of what it did as much as there is room for. */
export function nodeRow(what: string, outcome: string, columns: number): string {
  const room = columns - AROUND - outcome.length - 2;
  const shown = what.length <= room ? what : `${what.slice(0, Math.max(0, room - 1))}…`;
  return `${shown}  ${outcome}`;
}
