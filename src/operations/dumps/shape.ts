import type { Inspector } from '../fetch/types.ts';

const [TAB, NEWLINE, RETURN, ZERO, NINE] = [9, 10, 13, 48, 57] as const;

/** Lines and columns of a dump's window. */
export interface WindowShape {
  readonly lines: number;
  readonly columns: number;
}

/**
 * Looks at a window byte by byte as it comes: each line ends, and has as many counts as the first. `take` gets the shape
 * of a window that is whole.
 */
export function windowInspector(take: (shape: WindowShape) => void): Inspector {
  let lines = 0;
  let columns = 0;
  let tabs = 0;
  // digits since the last tab
  let digits = 0;
  let bytes = 0;
  let last: number = NEWLINE;
  let fault: string | null = null;

  const endLine = (): void => {
    // the last count may lack its tab
    const counts = tabs + (digits > 0 ? 1 : 0);
    lines += 1;
    if (lines === 1) columns = counts;
    if (counts === 0) fault ??= `line ${lines} has no counts`;
    else if (counts !== columns) fault ??= `line ${lines} has ${counts} counts, line 1 has ${columns}`;
    tabs = 0;
    digits = 0;
  };
  const endCount = (): void => {
    if (digits === 0) fault ??= `line ${lines + 1}, column ${tabs + 1} has no count`;
    tabs += 1;
    digits = 0;
  };
  return {
    push(chunk) {
      const size = chunk.length;
      let i = 0;
      while (i < size) {
        const first = i;
        let byte = chunk[i]!;
        while (byte >= ZERO && byte <= NINE) byte = chunk[++i]!;
        digits += i - first;
        if (i === size) break;
        if (byte === TAB) endCount();
        else if (byte === NEWLINE) endLine();
        else if (byte !== RETURN) fault ??= `line ${lines + 1}, column ${tabs + 1} is no count`;
        i += 1;
      }
      bytes += size;
      if (size > 0) last = chunk[size - 1]!;
    },
    end() {
      if (bytes === 0) return 'is empty';
      if (last !== NEWLINE) return 'is truncated: its last line does not end';
      if (fault === null) take({ lines, columns });
      return fault;
    },
  };
}
