import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import listTemplate from '../../../templates/bring_list.sh';
import { mib } from '../../files/sizes.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { RemoteHost } from '../host.ts';
import { BringError } from './bringError.ts';
import { Pace } from './pace.ts';
import { type BringOptions, partPath } from './part.ts';
import type { Transfers } from './transfers.ts';

/** Files on their way to one host at a time: one is compared and named while the other is sent. */
const AT_ONCE = 2;
const NAMES_BYTES = 16 * 1024 * 1024;

export interface Pushed {
  readonly sentFiles: number;
  readonly sentBytes: number;
  /** Of the same size and time on the host already. */
  readonly keptFiles: number;
}

/**
 * Brings the files of a local folder to a host: those that have another size or time there, or are missing. Each takes its
 * name when it is whole and verified; `config.json` comes last, since it marks a complete model.
 * @throws BringError, TransportError
 */
export async function pushFolder(
  transfers: Transfers,
  host: RemoteHost,
  from: string,
  to: string,
  options: Pick<BringOptions, 'signal' | 'onProgress'>,
): Promise<Pushed> {
  const here = await filesBelow(from, host.address);
  const there = await listed(host, to, options.signal);
  const missing = here.filter(({ path, sizeBytes, mtimeMs }) => {
    const found = there.files.get(path);
    return found?.sizeBytes !== sizeBytes || found.mtimeSeconds !== Math.floor(mtimeMs / 1000);
  });
  const sentBytes = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const begun = [...there.files].filter(([path]) => path.endsWith('.omniplace-part'));
  const needed = sentBytes - begun.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, 0);
  if (needed > there.freeBytes) throw noRoom(host.address, from, there.freeBytes, needed, there.mount);

  const bytesOf = new Map<string, number>();
  const pace = new Pace(sentBytes, 0, performance.now());
  const progress = (path: string, bytes: number): void => {
    bytesOf.set(path, bytes);
    const all = [...bytesOf.values()].reduce((sum, one) => sum + one, 0);
    options.onProgress?.(`${pace.at(all, performance.now())}: ${path}`, all / sentBytes);
  };
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, ...(options.signal ? [options.signal] : [])]);
  const push = (file: LocalFile) =>
    pushFile(transfers, host.address, join(from, file.path), posix.join(to, file.path), {
      signal,
      onBytes: (bytes) => progress(file.path, bytes),
    });
  const last = missing.filter(({ path }) => path === 'config.json');
  const queue = missing.filter((file) => !last.includes(file)).values();
  const worker = async (): Promise<void> => {
    for (const file of queue) await push(file);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker)).catch((error: unknown) => {
    stopping.abort();
    throw error;
  });
  for (const file of last) await push(file);
  return { sentFiles: missing.length, sentBytes, keptFiles: here.length - missing.length };
}

interface LocalFile {
  /** Below the folder. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

async function pushFile(
  transfers: Transfers,
  address: string,
  file: string,
  target: string,
  options: BringOptions,
): Promise<void> {
  const source = await transfers.source(file);
  const part = { folder: posix.dirname(target), name: posix.basename(target) };
  const host = await transfers.bring(address, source, part, options);
  const hidden = partPath(part, source);
  const script = [
    quote(['chmod', source.mode.toString(8), '--', hidden]),
    quote(['touch', '-d', `@${(source.mtimeMs / 1000).toFixed(3)}`, '--', hidden]),
    quote(['sync', '--', hidden]),
    quote(['mv', '-f', '-T', '--', hidden, target]),
  ].join(' && ');
  const result = await host.run(script, options.signal === undefined ? {} : { signal: options.signal });
  if (result.code === 0) return;
  const words = result.ended === 'exit' ? result.stderr.trim().split('\n').at(-1) : result.ended;
  throw new BringError('refused', address, `can't put ${target} in its place on ${address}: ${words}`, null);
}

/** Links are followed: a model often is a folder of links to blobs. */
async function filesBelow(root: string, host: string): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(root, below))).sort()) {
      if (name === '.git') continue;
      const path = below === '' ? name : `${below}/${name}`;
      const { size, mtimeMs, ...found } = await statOf(join(root, path));
      if (found.isFolder) await walk(path);
      else if (found.isFile) files.push({ path, sizeBytes: size, mtimeMs });
    }
  };
  await walk('').catch((error: unknown) => {
    const message = `can't read ${root}: ${(error as Error).message}`;
    throw new BringError('local-file', host, message, null, { cause: error });
  });
  return files;
}

async function statOf(path: string) {
  const found = await stat(path);
  return { size: found.size, mtimeMs: found.mtimeMs, isFolder: found.isDirectory(), isFile: found.isFile() };
}

async function listed(host: RemoteHost, folder: string, signal: AbortSignal | undefined) {
  const result = await host.run(`folder=${quoteWord(folder)}\n${listTemplate}`, {
    keepBytes: NAMES_BYTES,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.code !== 0) {
    const words = result.ended === 'exit' ? result.stderr.trim().split('\n').at(-1) : result.ended;
    throw new BringError('refused', host.address, `can't look at ${folder} on ${host.address}: ${words}`, null);
  }
  const entries = result.stdout.split('\0');
  const free = /^free (\d+) (.*)$/s.exec(entries.find((entry) => entry.startsWith('free ')) ?? '');
  const files = new Map(
    entries.flatMap((entry) => {
      const found = /^file (\d+) (-?\d+)\S* (.*)$/s.exec(entry);
      return found ? [[found[3]!, { sizeBytes: Number(found[1]), mtimeSeconds: Number(found[2]) }] as const] : [];
    }),
  );
  return { files, freeBytes: Number(free?.[1] ?? 0), mount: free?.[2] ?? folder };
}

function noRoom(host: string, from: string, free: number, needed: number, mount: string): BringError {
  const message = `no room on ${host} for ${from}: ${mib(free)} MiB free on ${mount}, ${mib(needed)} MiB needed`;
  return new BringError('no-room', host, message, `free at least ${mib(needed - free)} MiB there, and run again`);
}
