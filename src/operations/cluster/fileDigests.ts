import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** sha256 in hex, and bytes. */
export interface FileDigest {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Null: the file is missing. */
export type DigestOfFile = (path: string) => Promise<FileDigest | null>;

/** A file that changed less than this ago is read again: within one tick of the file system's clock its times stay the same. */
const SETTLED_MS = 1000;

export async function digestOfFile(path: string): Promise<FileDigest | null> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    return ifMissing(error);
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** The same, but a file is read again only when its size, inode or times changed. For what asks again and again. */
export function rememberedDigests(read: DigestOfFile = digestOfFile, nowMs: () => number = Date.now): DigestOfFile {
  const known = new Map<string, { readonly mark: string; readonly digest: FileDigest | null }>();
  return async (path) => {
    const found = await stat(path, { bigint: true }).catch(ifMissing);
    if (found === null) return read(path);
    const mark = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
    const before = known.get(path);
    if (before?.mark === mark) return before.digest;
    const askedMs = nowMs();
    const digest = await read(path);
    if (askedMs - Number(found.ctimeMs) >= SETTLED_MS) known.set(path, { mark, digest });
    return digest;
  };
}

/** Null for a path that does not exist. @throws any other error */
export function ifMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
  throw error;
}
