import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TarEntry, TarReceiver } from '../../transport/tarReceiver.ts';
import { Look } from './inspect.ts';
import type { ListedFile } from './list.ts';
import { localFault } from './localFault.ts';
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
  const failed = new AbortController();
  const tar = new TarReceiver(
    async (entry) => {
      if (entry.header.type !== 'file' || !names.has(entry.header.name)) return;
      const file = await keep(wish, entry, (bytes) => {
        doneBytes += bytes;
        fetchedBytes += bytes;
        wish.onProgress({ doneFiles: here.size, numFiles: wanted.length, doneBytes, totalBytes });
      });
      here.set(file.name, file);
    },
    () => failed.abort(),
  );
  const list = Buffer.from(files.map(({ name }) => `${name}\0`).join(''));
  try {
    await callHost(wish, ['send', wish.folder], {
      input: list,
      signal: failed.signal,
      take: (chunk) => tar.write(chunk),
    });
  } catch (error) {
    if (!failed.signal.aborted) {
      await tar.abandon();
      throw error;
    }
  }
  await tar.finish().catch((fault: unknown) => {
    throw localFault(fault, wish.into);
  });
  return fetchedBytes;
}

/** One file, under its own name only once all of it is here. */
async function keep(wish: FetchWish, entry: TarEntry, count: (bytes: number) => void): Promise<FetchedFile> {
  const { name, size } = entry.header;
  const path = join(wish.into, name);
  const partial = `${path}.partial`;
  const look = new Look(wish, name);
  const file = await openPartial(partial);
  try {
    try {
      for await (const chunk of entry) {
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
