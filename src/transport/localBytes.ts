import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;
/** Chunks of a file that are kept for those who come a little later. */
const KEPT = 32;

/**
 * Bytes `from` to `to` (exclusive) of a local file, fewer when it is shorter. Who reads the same file at the same time, as
 * transfers to many hosts do, shares what is read: it is neither read nor held in memory once for each.
 */
export async function* localBytes(path: string, from: number, to: number): AsyncGenerator<Buffer> {
  const file = shared.get(path) ?? new SharedFile(path);
  shared.set(path, file);
  file.users += 1;
  try {
    for (let at = from; at < to; ) {
      const chunk = await file.chunk(Math.floor(at / CHUNK_BYTES));
      const bytes = chunk.subarray(at % CHUNK_BYTES, (at % CHUNK_BYTES) + to - at);
      if (bytes.length === 0) return;
      at += bytes.length;
      yield bytes;
    }
  } finally {
    file.users -= 1;
    // another who comes later sees the file as it is then
    if (file.users === 0) {
      shared.delete(path);
      await file.close();
    }
  }
}

/** By path; only while it is read. */
const shared = new Map<string, SharedFile>();

class SharedFile {
  users = 0;
  readonly #opened: Promise<FileHandle>;
  /** By number, oldest first. */
  readonly #chunks = new Map<number, Promise<Buffer>>();

  constructor(path: string) {
    this.#opened = open(path);
    this.#opened.catch(() => {});
  }

  chunk(number: number): Promise<Buffer> {
    const kept = this.#chunks.get(number);
    if (kept !== undefined) return kept;
    const reading = this.#read(number * CHUNK_BYTES);
    reading.catch(() => this.#chunks.delete(number));
    this.#chunks.set(number, reading);
    const [oldest] = this.#chunks.keys();
    if (this.#chunks.size > KEPT) this.#chunks.delete(oldest!);
    return reading;
  }

  async close(): Promise<void> {
    const handle = await this.#opened.catch(() => null);
    await handle?.close();
  }

  async #read(position: number): Promise<Buffer> {
    const handle = await this.#opened;
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let length = 0;
    while (length < CHUNK_BYTES) {
      const { bytesRead } = await handle.read(buffer, length, CHUNK_BYTES - length, position + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  }
}
