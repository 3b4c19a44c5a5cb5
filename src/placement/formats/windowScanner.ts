const [TAB, NEWLINE, RETURN, ZERO, NINE] = [9, 10, 13, 48, 57] as const;
/** Counts go to here; beyond, a double may stand for its neighbours. */
export const MOST_COUNT = 2 ** 53;

/** The first thing that is wrong with a window; lines and columns count from 1. */
export interface WindowFault {
  readonly kind: 'empty-line' | 'other-length' | 'no-count' | 'not-a-count';
  readonly line: number;
  /** of the line with another length: how many counts it has */
  readonly column: number;
}

/**
 * Reads a window of a dump byte by byte as it comes: lines of counts, each followed by a tab, which the last of a line may
 * lack. Every line ends with a newline, and has as many counts as the first.
 */
export class WindowScanner {
  lines = 0;
  columns = 0;
  fault: WindowFault | null = null;
  #bytes = 0;
  #last: number = NEWLINE;
  #tabs = 0;
  /** of the count at hand, whose digits so far make `#value` */
  #digits = 0;
  #value = 0;
  #length = 0;
  readonly #tokens: Float64Array | null;

  /** `tokens` takes the counts, and has room for all of them. */
  constructor(tokens: Float64Array | null = null) {
    this.#tokens = tokens;
  }

  push(chunk: Uint8Array): void {
    const size = chunk.length;
    if (size === 0) return;
    let i = 0;
    while (i < size) {
      const first = i;
      let value = this.#value;
      let byte = chunk[i]!;
      while (byte >= ZERO && byte <= NINE) {
        value = value * 10 + (byte - ZERO);
        // 2^53 + 1 rounds to 2^53, which ends in a 2
        if (value > MOST_COUNT || (value === MOST_COUNT && byte !== ZERO + 2)) this.#wrong('not-a-count');
        byte = chunk[++i]!;
      }
      if (i > first && this.#follows(RETURN, first, chunk)) this.#wrong('not-a-count');
      this.#digits += i - first;
      this.#value = value;
      if (i === size) break;
      if (byte === TAB) {
        if (i === first && this.#follows(RETURN, i, chunk)) this.#wrong('not-a-count');
        this.#endCount();
      } else if (byte === NEWLINE) this.#endLine();
      else if (byte !== RETURN || this.#follows(RETURN, i, chunk)) this.#wrong('not-a-count');
      i++;
    }
    this.#bytes += size;
    this.#last = chunk[size - 1]!;
  }

  /** What is wrong with the file as a whole; null: only `fault` may be. */
  end(): string | null {
    if (this.#bytes === 0) return 'is empty';
    return this.#last === NEWLINE ? null : 'is truncated: its last line does not end';
  }

  #follows(byte: number, at: number, chunk: Uint8Array): boolean {
    return (at > 0 ? chunk[at - 1] : this.#last) === byte;
  }

  #endCount(): void {
    if (this.#digits === 0) this.#wrong('no-count');
    if (this.#tokens !== null) this.#tokens[this.#length++] = this.#value;
    this.#tabs++;
    this.#digits = 0;
    this.#value = 0;
  }

  #endLine(): void {
    if (this.#digits > 0) this.#endCount();
    const counts = this.#tabs;
    this.lines++;
    if (this.lines === 1) this.columns = counts;
    if (counts === 0) this.fault ??= { kind: 'empty-line', line: this.lines, column: 0 };
    else if (counts !== this.columns) this.fault ??= { kind: 'other-length', line: this.lines, column: counts };
    this.#tabs = 0;
  }

  #wrong(kind: WindowFault['kind']): void {
    this.fault ??= { kind, line: this.lines + 1, column: this.#tabs + 1 };
  }
}
