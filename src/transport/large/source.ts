import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { localBytes } from '../localBytes.ts';
import { BringError } from './bringError.ts';

/**
 * A large file of this machine that goes to several hosts. Its digest costs no reading of its own: the streams that run
 * through count it together, whichever is ahead.
 */
export class LocalSource {
  /** Of the first `#hashedBytes`. */
  #hash: Hash = createHash('sha256');
  #hashedBytes = 0;

  private constructor(
    readonly path: string,
    readonly sizeBytes: number,
    readonly mtimeMs: number,
    readonly mode: number,
    /** The same for the same bytes, as far as that is visible without reading them. */
    readonly key: string,
  ) {}

  static async open(path: string): Promise<LocalSource> {
    const { size, mtimeMs, mode, ino } = await stat(path);
    const key = createHash('sha256')
      .update(`${basename(path)}\n${size}\n${mtimeMs}\n${ino}`)
      .digest('hex')
      .slice(0, 24);
    return new LocalSource(path, size, mtimeMs, mode & 0o777, key);
  }

  /** Reads the first `bytes`, to compare them with what a host has of them. */
  async prefixSha256(bytes: number): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of localBytes(this.path, 0, bytes)) hash.update(chunk);
    if (this.#hashedBytes < bytes) {
      this.#hash = hash.copy();
      this.#hashedBytes = bytes;
    }
    return hash.digest('hex');
  }

  /** The bytes from `offset` on. */
  async *stream(offset: number): AsyncGenerator<Buffer> {
    let at = offset;
    for await (const chunk of localBytes(this.path, offset, this.sizeBytes)) {
      this.#take(at, chunk);
      at += chunk.length;
      yield chunk;
    }
  }

  /** Of the whole file; what no stream has brought yet is read for it. */
  async sha256(): Promise<string> {
    if (this.#hashedBytes < this.sizeBytes) for await (const _ of this.stream(this.#hashedBytes));
    return this.#hash.copy().digest('hex');
  }

  /** @throws BringError when the file is no longer the one that was opened */
  async mustBeSame(host: string): Promise<void> {
    const now = await stat(this.path).catch(() => null);
    if (now?.size === this.sizeBytes && now.mtimeMs === this.mtimeMs) return;
    const message = `${this.path} changed while it was sent to ${host}`;
    throw new BringError('local-file', host, message, 'run again when nobody writes to it');
  }

  #take(at: number, chunk: Buffer): void {
    const end = at + chunk.length;
    if (at > this.#hashedBytes || end <= this.#hashedBytes) return;
    this.#hash.update(chunk.subarray(this.#hashedBytes - at));
    this.#hashedBytes = end;
  }
}
