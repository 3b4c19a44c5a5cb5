import { Readable } from 'node:stream';
import { type Pack, pack } from 'tar-stream';
import type { DesiredFile } from '../engines/desiredFile.ts';
import { localBytes } from './localBytes.ts';
import { type Load, staged } from './putLoad.ts';

const BLOCK_BYTES = 512;

/**
 * The bytes of a load. A reader that stops has its reason: packing ends then, and nothing is raised there.
 * @param count gets the bytes of file contents as they are sent
 * @param changed makes the error for a file that is longer or shorter than was planned
 */
export function putStream(
  load: Load,
  stage: string,
  count: (bytes: number) => void,
  changed: (file: DesiredFile) => Error,
): Readable {
  return Readable.from(bytesOf(load, stage, count, changed));
}

async function* bytesOf(
  { packed, plain }: Load,
  stage: string,
  count: (bytes: number) => void,
  changed: (file: DesiredFile) => Error,
): AsyncGenerator<Buffer> {
  async function* exactly(file: DesiredFile): AsyncGenerator<Buffer> {
    let left = file.sizeBytes;
    for await (const chunk of contentOf(file)) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
      count(chunk.length);
    }
    if (left !== 0) throw changed(file);
  }
  if (packed.length > 0) {
    const tar = pack();
    let fault: unknown;
    const packing = packFiles(tar, packed, stage, exactly).catch((error: unknown) => {
      fault = error;
      // not with the error: each of its entries would raise it too
      tar.destroy();
    });
    try {
      for await (const chunk of tar) yield chunk as Buffer;
      await packing;
    } catch (error) {
      throw fault ?? error;
    } finally {
      tar.destroy();
    }
    if (fault !== undefined) throw fault;
  }
  for (const file of plain) yield* exactly(file);
}

async function packFiles(
  tar: Pack,
  files: readonly DesiredFile[],
  stage: string,
  exactly: (file: DesiredFile) => AsyncIterable<Buffer>,
): Promise<void> {
  for (const file of files) {
    const entry = tar.entry(header(file, stage, file.sizeBytes));
    for await (const chunk of exactly(file)) {
      if (!entry.write(chunk) && !entry.destroyed) await room(entry);
      if (entry.destroyed) return;
    }
    entry.end(undefined);
  }
  tar.finalize();
}

/** Resolves when `entry` takes more, or when the stream was given up. */
function room(entry: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      entry.off('drain', done);
      entry.off('close', done);
      resolve();
    };
    entry.on('drain', done);
    entry.on('close', done);
  });
}

export function contentOf(file: DesiredFile): AsyncIterable<Buffer> {
  // one byte more means that it grew
  if ('localPath' in file.content) return localBytes(file.content.localPath, 0, file.sizeBytes + 1);
  const text = 'text' in file.content ? file.content.text : '';
  return Readable.from(text === '' ? [] : [Buffer.from(text)]);
}

/** The size of the tar stream, in advance: heads of entries are as long whatever the content. */
export async function tarBytes({ packed }: Load, stage: string): Promise<number> {
  if (packed.length === 0) return 0;
  const heads = pack();
  for (const file of packed) heads.entry(header(file, stage, 0), '');
  heads.finalize();
  let bytes = 0;
  for await (const chunk of heads) bytes += (chunk as Buffer).length;
  return packed.reduce((sum, file) => sum + Math.ceil(file.sizeBytes / BLOCK_BYTES) * BLOCK_BYTES, bytes);
}

function header(file: DesiredFile, stage: string, size: number) {
  // relative to /, where tar extracts
  return { name: staged(file, stage).slice(1), mode: file.mode, size, mtime: new Date(), uid: 0, gid: 0 };
}
