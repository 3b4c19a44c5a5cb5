/** What --json shows of a command's output: its beginning, at most {@link KEPT_BYTES} of both streams together. */
export class KeptOutput {
  readonly #chunks: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  #bytes = 0;

  push(chunk: Buffer, stream: 1 | 2): void {
    if (this.#bytes < KEPT_BYTES) this.#chunks[stream].push(chunk);
    this.#bytes += chunk.length;
  }

  answer(): { readonly stdout: string; readonly stderr: string; readonly cut: boolean } {
    const text = (stream: 1 | 2) => Buffer.concat(this.#chunks[stream]).toString('utf8');
    return { stdout: text(1), stderr: text(2), cut: this.#bytes >= KEPT_BYTES };
  }
}

const KEPT_BYTES = 1024 * 1024;
