import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { extract } from 'tar-stream';
import { localFault } from './errors.ts';
import { Look } from './inspect.ts';
import type { ListedFile } from './list.ts';
import { callHost } from './remote.ts';
import { FetchError, type FetchedFile, type FetchWish } from './types.ts';

/** Brings files here in one stream; each is added to `here` once it is whole. @returns bytes that came */
export async function receive(
  wish: FetchWish,
  files: readonly ListedFile[],
  here: Map<string, FetchedFile>,
  wanted: readonly ListedFile[],
): Promise<number> {
  if (files.length === 0) return 0;
  const totalBytes = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  let doneBytes = [...here.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  let fetchedBytes = 0;
  const names = new Set(files.map(({ name }) => name));
  const tar = extract();
  const failed = new AbortController();
  let fault: unknown;
  const unpacking = (async () => {
    for await (const entry of tar) {
      if (entry.header.type !== 'file' || !names.has(entry.header.name)) {
        entry.resume();
        continue;
      }
      const file = await keep(wish, entry, (bytes) => {
        doneBytes += bytes;
        fetchedBytes += bytes;
        wish.onProgress({ doneFiles: here.size, numFiles: wanted.length, doneBytes, totalBytes });
      });
      here.set(file.name, file);
    }
  })().catch((error: unknown) => {
    fault ??= error;
    failed.abort();
    tar.destroy();
  });
  const list = Buffer.from(files.map(({ name }) => `${name}\0`).join(''));
  try {
    await callHost(wish, ['send', wish.folder], {
      input: list,
      signal: failed.signal,
      take: (chunk) => pour(tar, chunk),
    });
    tar.end(undefined);
  } catch (error) {
    tar.destroy();
    if (fault === undefined) throw error;
  }
  await unpacking;
  if (fault !== undefined) throw localFault(fault, wish.into);
  return fetchedBytes;
}

/** Hands a chunk on; resolves when there is room for more, or nobody to take it. */
function pour(tar: ReturnType<typeof extract>, chunk: Buffer): Promise<void> | undefined {
  if (tar.destroyed || tar.write(chunk)) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      tar.off('drain', done);
      tar.off('close', done);
      resolve();
    };
    tar.on('drain', done);
    tar.on('close', done);
  });
}

type Entry = typeof extract extends () => AsyncIterable<infer E> ? E : never;

/** One file, under its own name only once all of it is here. */
async function keep(wish: FetchWish, entry: Entry, count: (bytes: number) => void): Promise<FetchedFile> {
  const { name, size } = entry.header;
  const path = join(wish.into, name);
  const partial = `${path}.partial`;
  const look = new Look(wish, name);
  const file = await openPartial(partial);
  try {
    try {
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        look.push(chunk);
        await file.write(chunk);
        count(chunk.length);
      }
    } finally {
      await file.close();
    }
    const fetched = look.end();
    if (fetched.bytes !== size) throw new FetchError('aborted', `${name} came only in part`, null);
    await rename(partial, path);
    return fetched;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function openPartial(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    return open(path, 'w');
  }
}
