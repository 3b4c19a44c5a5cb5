/** A stream that is taken in pieces. */
export class Pieces {
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly bytes: AsyncGenerator<Buffer>) {}

  async *next(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.bytes.next();
        if (done) return;
        this.#rest = value;
      }
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  async close(): Promise<void> {
    await this.bytes.return(undefined);
  }
}
