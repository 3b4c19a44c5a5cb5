import { stripVTControlCharacters } from 'node:util';

/**
 * Shows a text over the one before it, on a terminal: cut to its size, since what wraps or scrolls can't be taken back.
 * Elsewhere each is printed below the last.
 */
export function redrawer(out: NodeJS.WriteStream = process.stdout): (text: string) => void {
  let drawn = 0;
  return (text) => {
    if (!out.isTTY) {
      out.write(`${text}\n`);
      return;
    }
    const lines = fitted(text, out.columns, out.rows);
    const back = drawn === 0 ? '' : `\u001b[${drawn}A`;
    out.write(`${back}\r\u001b[J${lines.join('\n')}\n`);
    drawn = lines.length;
  };
}

/** At most `rows - 1` lines of less than `columns` characters. */
export function fitted(text: string, columns: number, rows: number): string[] {
  const lines = text.split('\n');
  const shown =
    lines.length < rows ? lines : [...lines.slice(0, rows - 2), `... ${lines.length - rows + 2} more lines`];
  return shown.map((line) => {
    // a line that is cut loses its colours with the part that ends them
    const plain = stripVTControlCharacters(line);
    return plain.length < columns ? line : `${plain.slice(0, columns - 4)}...`;
  });
}
