import type { Inspector } from './fetchContract.ts';

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
  return {
    push(chunk) {
      bytes += chunk.length;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!;
        last = byte;
        if (byte >= ZERO && byte <= NINE) digits += 1;
        else if (byte === TAB) {
          if (digits === 0) fault ??= `line ${lines + 1}, column ${tabs + 1} has no count`;
          tabs += 1;
          digits = 0;
        } else if (byte === NEWLINE) endLine();
        else if (byte !== RETURN) fault ??= `line ${lines + 1}, column ${tabs + 1} is no count`;
      }
    },
    end() {
      if (bytes === 0) return 'is empty';
      if (last !== NEWLINE) return 'is truncated: its last line does not end';
      if (fault === null) take({ lines, columns });
      return fault;
    },
  };
}
