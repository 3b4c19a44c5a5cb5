import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { quoteWord } from '../shell/quote.ts';
import type { RemoteHost } from './host.ts';

export interface Wanted {
  /** Folder on the host. */
  readonly from: string;
  /** Of the files in it, as the shell matches: `*.whl`. */
  readonly names: string;
  /** Local folder; made where it is missing. */
  readonly into: string;
}

export interface GotFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface GetOptions {
  readonly signal?: AbortSignal;
  /** Bytes of file contents that have arrived. */
  readonly onProgress?: (bytes: number) => void;
}

/** The host was reached, but its files are not here. None of them is truncated under its name. */
export class GetError extends Error {
  override readonly name = 'GetError';

  constructor(
    readonly code: 'absent' | 'digest' | 'refused' | 'local' | 'aborted',
    readonly host: string,
    message: string,
    readonly hint: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Gets the files of one folder in one tar stream. A file takes its name only once it is whole on the disk and has the digest
 * that the host counted.
 * @throws GetError, TransportError
 */
export async function getFiles(
  host: RemoteHost,
  wanted: Wanted,
  options: GetOptions = {},
): Promise<readonly GotFile[]> {
  const stage = join(wanted.into, `.omniplace-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(stage, { recursive: true });
    const { files, stderr } = await receive(host, wanted, stage, options);
    const said = new Map([...stderr.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, sum, name]) => [name!, sum!]));
    const wrong = files.find(({ name, sha256 }) => said.get(name) !== sha256);
    if (wrong !== undefined || files.length !== said.size) {
      const message = `${wrong?.name ?? 'a file'} of ${wanted.from} arrived damaged from ${host.address}`;
      throw new GetError('digest', host.address, message, 'run again');
    }
    for (const { name } of files) await rename(join(stage, name), join(wanted.into, name));
    return files;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const message = `can't write to ${wanted.into}: ${error.message}`;
    throw new GetError('local', host.address, message, null, { cause: error });
  } finally {
    // it may never have been made
    await rm(stage, { recursive: true, force: true }).catch(() => undefined);
  }
}

const NOTHING_THERE = 71;

async function receive(host: RemoteHost, wanted: Wanted, stage: string, options: GetOptions) {
  const tar = extract();
  const unpacking = unpack(host.address, tar, stage, options.onProgress);
  // its failure is looked at once the host has ended
  unpacking.catch(() => tar.destroy());
  const result = await host.run(getScript(wanted), {
    keepBytes: 1024 * 1024,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    // a stream is held back while a promise is open, and its rest may come too late: so no promise without need
    onChunk: (chunk, stream) => {
      const isFull = stream === 1 && !tar.destroyed && !tar.write(chunk);
      return isFull ? drained(tar) : undefined;
    },
  });
  if (result.ended !== 'exit' || result.code !== 0) {
    tar.destroy();
    await unpacking.catch(() => undefined);
    throw failure(host.address, wanted, result);
  }
  tar.end(undefined);
  return { files: await unpacking, stderr: result.stderr };
}

/** Digests go by standard error, parallel to the tar. */
function getScript({ from, names }: Wanted): string {
  return [
    `cd ${quoteWord(from)} || exit`,
    `set -- ${names}`,
    `[ -e "$1" ] || exit ${NOTHING_THERE}`,
    'sha256sum -- "$@" >&2 || exit',
    'exec tar --hard-dereference -chf - -- "$@"',
  ].join('\n');
}

async function unpack(
  host: string,
  tar: ReturnType<typeof extract>,
  stage: string,
  onProgress: GetOptions['onProgress'],
): Promise<GotFile[]> {
  const files: GotFile[] = [];
  let bytes = 0;
  for await (const entry of tar) {
    const { name, type } = entry.header;
    // nothing we asked for, and a name that could lead out of the folder
    if (type !== 'file' || name.includes('/')) {
      throw new GetError('refused', host, `${host} sent ${JSON.stringify(name)}, which was not asked for`, null);
    }
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const counted = async function* (source: Readable) {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        bytes += chunk.length;
        onProgress?.(bytes);
        yield chunk;
      }
    };
    const path = join(stage, name);
    await pipeline(entry as unknown as Readable, counted, createWriteStream(path));
    await onDisk(path);
    files.push({ name, sizeBytes, sha256: hash.digest('hex') });
  }
  return files;
}

async function onDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Room for more, or no reader left. */
function drained(tar: ReturnType<typeof extract>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      tar.off('drain', done).off('close', done);
      resolve();
    };
    tar.on('drain', done).on('close', done);
  });
}

function failure(
  host: string,
  { from, names }: Wanted,
  { ended, code, stderr }: { ended: string; code: number | null; stderr: string },
): GetError {
  if (ended !== 'exit') return new GetError('aborted', host, `getting ${from} from ${host} was ${ended}`, null);
  if (code === NOTHING_THERE) return new GetError('absent', host, `no ${names} in ${from} of ${host}`, null);
  const words = stderr.trim().split('\n').at(-1) ?? '';
  return new GetError('refused', host, `${host} did not give ${from}: ${words || `exit code ${code}`}`, null);
}
