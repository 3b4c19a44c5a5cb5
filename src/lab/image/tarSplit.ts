import { createHash } from 'node:crypto';
import { Crc64 } from './crc64.ts';

/**
 * Reads a tar stream and keeps what docker keeps of a layer: the digest of the whole, and the recipe ("tar-split") that
 * gives the same bytes again from the unpacked files, so that `docker save` of a seeded image works.
 */
export class TarSplit {
  readonly #hash = createHash('sha256');
  readonly #entries: string[] = [];
  /** Bytes of headers and padding since the last file's content. */
  #raw: Buffer[] = [];
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of the current file's content, and then of its padding, still to come. */
  #content = 0;
  #padding = 0;
  #file: { readonly name: string; readonly size: number; readonly crc: Crc64 } | null = null;
  #longName: Buffer[] | null = null;
  #nextName: string | null = null;
  #sizeBytes = 0;

  write(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#step());
  }

  end(): LayerRecord {
    this.#raw.push(this.#pending);
    this.#segment();
    return { diffId: this.#hash.digest('hex'), sizeBytes: this.#sizeBytes, tarSplit: this.#entries.join('') };
  }

  #step(): boolean {
    if (this.#content > 0) return this.#takeContent();
    if (this.#padding > 0) return this.#takePadding();
    if (this.#pending.length < BLOCK) return false;
    this.#header(this.#cut(BLOCK));
    return true;
  }

  #header(header: Buffer): void {
    this.#raw.push(header);
    const type = String.fromCharCode(header[156]!);
    const size = Number.parseInt(field(header, 124, 12), 8) || 0;
    if (header[0] === 0) return;
    const isLong = type === 'L' || type === 'K';
    if (isLong) {
      // belongs to the entry that follows; its content is raw, as the headers are
      this.#longName = [];
      this.#file = null;
    } else {
      const name = this.#nextName ?? field(header, 0, 100);
      this.#nextName = null;
      this.#file = { name, size, crc: new Crc64() };
      this.#segment();
      if (size === 0) this.#add({ type: 1, name, size, payload: null });
    }
    this.#isName = type === 'L';
    this.#content = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
  }

  #isName = false;

  #takeContent(): boolean {
    if (this.#pending.length === 0) return false;
    const bytes = this.#cut(Math.min(this.#content, this.#pending.length));
    this.#content -= bytes.length;
    if (this.#file === null) {
      this.#raw.push(bytes);
      this.#longName!.push(bytes);
      if (this.#content === 0 && this.#isName) this.#nextName = field(Buffer.concat(this.#longName!), 0, Infinity);
      return true;
    }
    this.#file.crc.update(bytes);
    this.#sizeBytes += bytes.length;
    if (this.#content === 0) {
      const { name, size, crc } = this.#file;
      this.#add({ type: 1, name, size, payload: crc.digest().toString('base64') });
    }
    return true;
  }

  #takePadding(): boolean {
    if (this.#pending.length === 0) return false;
    const bytes = this.#cut(Math.min(this.#padding, this.#pending.length));
    this.#padding -= bytes.length;
    this.#raw.push(bytes);
    return true;
  }

  #cut(length: number): Buffer {
    const bytes = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return bytes;
  }

  #segment(): void {
    const bytes = Buffer.concat(this.#raw);
    this.#raw = [];
    if (bytes.length > 0) this.#add({ type: 2, payload: bytes.toString('base64') });
  }

  #add(entry: Readonly<Record<string, unknown>>): void {
    this.#entries.push(`${JSON.stringify({ ...entry, position: this.#entries.length })}\n`);
  }
}

export interface LayerRecord {
  /** sha256 (hex) of the layer's tar. */
  readonly diffId: string;
  /** Bytes of all files' contents. */
  readonly sizeBytes: number;
  /** tar-split's entries, one JSON document a line. */
  readonly tarSplit: string;
}

const BLOCK = 512;

function field(bytes: Buffer, from: number, length: number): string {
  const end = Math.min(bytes.length, from + length);
  const zero = bytes.indexOf(0, from);
  return bytes.toString('utf8', from, zero >= 0 && zero < end ? zero : end);
}
