import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedFile } from './list.ts';
import type { FetchedFile, FetchWish, Inspector } from './types.ts';

const READ_WHOLE_BYTES = 1024 * 1024;

/** A file that is here already, as if it came now. */
export async function inspectHere(wish: FetchWish, { name, bytes }: ListedFile): Promise<FetchedFile> {
  const look = new Look(wish, name);
  const path = join(wish.into, name);
  // a stream costs ten times as much as a read, which many small files make felt
  if (bytes <= READ_WHOLE_BYTES) look.push(await readFile(path));
  else
    for await (const chunk of createReadStream(path, { highWaterMark: READ_WHOLE_BYTES })) look.push(chunk as Buffer);
  return look.end();
}

/** Counts, digests and inspects a file on its way. */
export class Look {
  readonly #hash: Hash = createHash('sha256');
  readonly #inspector: Inspector | null;
  #bytes = 0;

  constructor(
    wish: FetchWish,
    private readonly name: string,
  ) {
    this.#inspector = wish.inspect?.(name) ?? null;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    this.#inspector?.push(chunk);
  }

  end(): FetchedFile {
    const fault = this.#inspector?.end() ?? null;
    return { name: this.name, bytes: this.#bytes, sha256: this.#hash.digest('hex'), fault };
  }
}
