const LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** The last `limit` bytes of a stream, however much comes. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // twice the limit before copying, so that many small chunks cost little
    if (this.#bytes > 2 * this.#limit || this.#chunks.length > 4096) this.#compact();
  }

  text(): string {
    this.#compact();
    return (this.#chunks[0] ?? Buffer.alloc(0)).toString('utf8');
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks, this.#bytes);
    const kept = all.length > this.#limit ? Buffer.from(all.subarray(all.length - this.#limit)) : all;
    this.#chunks = [kept];
    this.#bytes = kept.length;
  }
}

/** Whole lines out of chunks: everything beyond 64 KiB in a line is dropped, bytes that are not UTF-8 are replaced. */
export class Lines {
  readonly #onLine: (line: string) => void;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#add(chunk.subarray(from, at));
      this.#emit();
      from = at + 1;
    }
    this.#add(chunk.subarray(from));
  }

  /** The last line may lack its newline. */
  end(): void {
    if (this.#bytes > 0) this.#emit();
  }

  #add(part: Buffer): void {
    const room = LINE_BYTES - this.#bytes;
    if (part.length === 0 || room <= 0) return;
    // copied: a slice would keep its whole chunk in memory
    const kept = Buffer.from(part.subarray(0, room));
    this.#parts.push(kept);
    this.#bytes += kept.length;
  }

  #emit(): void {
    const line = Buffer.concat(this.#parts, this.#bytes).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
