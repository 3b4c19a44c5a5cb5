import { mkdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB, mib } from '../../files/sizes.ts';
import { differing } from './digests.ts';
import { inspectHere } from './inspect.ts';
import { type ListedFile, listFiles } from './list.ts';
import { written } from './localFault.ts';
import { receive } from './receive.ts';
import { FetchError, type Fetched, type FetchedFile, type FetchWish } from './types.ts';

const MARGIN_BYTES = 64 * MIB;
const LOOKED_AT_ONCE = 16;

/**
 * Brings files here: one command lists them, one tar stream carries those that are not here yet, one command gives the
 * digests of all. Each takes its name once it is complete; one whose digest differs is fetched once more. Memory grows with
 * the number of files, not with their size.
 * @throws FetchError, TransportError
 */
export async function fetchFiles(wish: FetchWish): Promise<Fetched> {
  const { wanted, freeBytes } = await listFiles(wish);
  const here = new Map<string, FetchedFile>();
  const missing: ListedFile[] = [];
  await atOnce(LOOKED_AT_ONCE, wanted, async (file) => {
    const size = await sizeOf(join(wish.into, file.name));
    if (size === file.bytes) here.set(file.name, await inspectHere(wish, file));
    else missing.push(file);
  });
  const numKept = here.size;
  await checkRoom(wish, missing);
  let fetchedBytes = await receive(wish, missing, here, wanted);
  let damaged = await differing(wish, [...here.values()]);
  if (damaged.length > 0) {
    const again = wanted.filter(({ name }) => damaged.includes(name));
    for (const name of damaged) here.delete(name);
    fetchedBytes += await receive(wish, again, here, wanted);
    damaged = await differing(
      wish,
      again.flatMap(({ name }) => here.get(name) ?? []),
    );
  }
  const problems = [
    ...wanted.filter(({ name }) => !here.has(name)).map(({ name }) => `${name} was gone when its turn came`),
    ...damaged.map((name) => `${name} is not what the host has: it was written to meanwhile, or came damaged twice`),
  ];
  const files = [...here.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { files, numKept, fetchedBytes, freeBytes, problems };
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
}

async function atOnce<T>(limit: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

async function checkRoom(wish: FetchWish, missing: readonly ListedFile[]): Promise<void> {
  await written(wish.into, mkdir(wish.into, { recursive: true }));
  const { bavail, bsize } = await statfs(wish.into);
  const [free, needed] = [bavail * bsize, missing.reduce((sum, { bytes }) => sum + bytes, 0)];
  if (needed === 0 || free >= needed + MARGIN_BYTES) return;
  throw new FetchError(
    'no-room',
    `no room here: ${mib(free, 0)} MiB free at ${wish.into}, ${mib(needed, 0)} MiB are to come from ${wish.host.address}`,
    `free some space, or name another folder with --out`,
  );
}
