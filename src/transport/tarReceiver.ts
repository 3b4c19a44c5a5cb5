import { extract } from 'tar-stream';

/** A file of a tar stream: its bytes, behind its header. */
export interface TarEntry extends AsyncIterable<Buffer> {
  readonly header: { readonly name: string; readonly size?: number | undefined; readonly type?: string | null };
}

/** Unpacks a tar stream that comes chunk by chunk, as a host sends it. */
export class TarReceiver {
  readonly #tar = extract();
  readonly #unpacked: Promise<void>;

  /**
   * @param take handles one file, and skips it where it leaves its bytes; its failure is what {@link finish} rejects with
   * @param failed is called with it at once
   */
  constructor(take: (entry: TarEntry) => Promise<void>, failed: (error: unknown) => void = () => undefined) {
    this.#unpacked = this.#unpack(take);
    this.#unpacked.catch((error: unknown) => {
      this.#tar.destroy();
      failed(error);
    });
  }

  /** Takes a chunk. A promise only while there is no room for more: a stream waits for it, and its rest may come too late. */
  write(chunk: Buffer): Promise<void> | undefined {
    const tar = this.#tar;
    if (tar.destroyed || tar.write(chunk)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        tar.off('drain', done).off('close', done);
        resolve();
      };
      tar.on('drain', done).on('close', done);
    });
  }

  /** The stream has ended: resolves when all files are taken. */
  finish(): Promise<void> {
    this.#tar.end(undefined);
    return this.#unpacked;
  }

  /** No more will come. Resolves when the file under way was given up. */
  async abandon(): Promise<void> {
    this.#tar.destroy();
    await this.#unpacked.catch(() => undefined);
  }

  async #unpack(take: (entry: TarEntry) => Promise<void>): Promise<void> {
    for await (const entry of this.#tar) {
      await take(entry as TarEntry);
      entry.resume();
    }
  }
}
