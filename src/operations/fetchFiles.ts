import { createHash, type Hash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import template from '../../templates/fetch.sh';
import type { Argv } from '../shell/argv.ts';
import { quote } from '../shell/quote.ts';
import { FetchError, type Fetched, type FetchedFile, type FetchWish, type Inspector } from './fetchContract.ts';
import { localFault, written } from './fetchFault.ts';

const MARGIN_BYTES = 64 * 1024 * 1024;
const READ_WHOLE_BYTES = 1024 * 1024;
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

interface ListedFile {
  readonly name: string;
  readonly bytes: number;
}

async function listFiles(wish: FetchWish): Promise<{ wanted: ListedFile[]; freeBytes: number | null }> {
  const nonce = `omniplace-${randomBytes(8).toString('hex')}`;
  const chunks: Buffer[] = [];
  await run(wish, wish.list, { nonce, take: (chunk) => void chunks.push(chunk) });
  return parseList(Buffer.concat(chunks).toString('utf8'), nonce);
}

export function parseList(text: string, nonce: string): { wanted: ListedFile[]; freeBytes: number | null } {
  const at = text.indexOf(`${nonce} files\n`);
  const free = new RegExp(`^${nonce} free (\\d+)$`, 'm').exec(text)?.[1];
  const wanted = text
    .slice(at + nonce.length + ' files\n'.length)
    .split('\0')
    .flatMap((entry): ListedFile[] => {
      const [, size, name] = /^(\d+) ([\s\S]+)$/.exec(entry) ?? [];
      // a name that leaves its folder is nobody's dump
      if (size === undefined || name === undefined || name.split('/').includes('..')) return [];
      return [{ name, bytes: Number(size) }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { wanted, freeBytes: free === undefined ? null : Number(free) * 1024 };
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
}

async function inspectHere(wish: FetchWish, { name, bytes }: ListedFile): Promise<FetchedFile> {
  const look = new Look(wish, name);
  const path = join(wish.into, name);
  // a stream costs ten times as much as a read, which many small files make felt
  if (bytes <= READ_WHOLE_BYTES) look.push(await readFile(path));
  else
    for await (const chunk of createReadStream(path, { highWaterMark: READ_WHOLE_BYTES })) look.push(chunk as Buffer);
  return look.end();
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
    `no room here: ${mib(free)} MiB free at ${wish.into}, ${mib(needed)} MiB are to come from ${wish.host.address}`,
    `free some space, or name another folder with --out`,
  );
}

/** @returns bytes that came */
async function receive(
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
    await run(wish, ['send', wish.folder], { input: list, signal: failed.signal, take: (chunk) => pour(tar, chunk) });
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

/** Counts, digests and inspects a file on its way. */
class Look {
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

/** Names of files whose digest is another on the host. */
async function differing(wish: FetchWish, files: readonly FetchedFile[]): Promise<string[]> {
  if (files.length === 0) return [];
  const found = new Map<string, string>();
  let rest = Buffer.alloc(0);
  const take = (chunk: Buffer): undefined => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      const line = rest.toString('utf8', 0, end);
      found.set(line.slice(66), line.slice(0, 64));
      rest = rest.subarray(end + 1);
    }
  };
  if (wish.growing) {
    const pairs = files.flatMap(({ bytes, name }) => [String(bytes), name]);
    await run(wish, ['first_sums', wish.folder, ...pairs], { take });
  } else {
    const list = Buffer.from(files.map(({ name }) => `${name}\0`).join(''));
    // a file that is gone meanwhile is missing in the answer
    await run(wish, ['sums', wish.folder], { input: list, take, mayFail: true });
  }
  return files.filter(({ name, sha256 }) => found.get(name) !== sha256).map(({ name }) => name);
}

interface Call {
  readonly nonce?: string;
  readonly input?: Buffer;
  readonly signal?: AbortSignal;
  readonly mayFail?: boolean;
  readonly take: (chunk: Buffer) => Promise<void> | undefined | void;
}

async function run(wish: FetchWish, call: Argv, { nonce = '', input, signal, mayFail, take }: Call): Promise<void> {
  const script = [`nonce=${nonce}`, template, quote(call)].join('\n');
  let stderr = '';
  const result = await wish.host.run(script, {
    signal: signal === undefined ? wish.signal : AbortSignal.any([wish.signal, signal]),
    keepBytes: 0,
    // as a stream: a list of many names goes in pieces
    ...(input === undefined ? {} : { stdin: Readable.from([input]), stdinBytes: input.length }),
    onChunk: (chunk, stream) => {
      if (stream === 1) return take(chunk) ?? undefined;
      if (stderr.length < 4096) stderr += chunk.toString('utf8');
      return undefined;
    },
  });
  if (result.ended !== 'exit')
    throw new FetchError('aborted', `fetching from ${wish.host.address} was interrupted`, null);
  if (result.code === 0 || mayFail === true) return;
  const words = stderr.trim().split('\n').slice(-3).join('; ');
  throw new FetchError(
    'refused',
    `${wish.host.address} did not send ${wish.folder}: ${words || `exit code ${result.code}`}`,
    null,
  );
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
