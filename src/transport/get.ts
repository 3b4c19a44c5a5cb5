import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteWord } from '../shell/quote.ts';
import type { RemoteHost } from './host.ts';
import { HostError } from './hostError.ts';
import { type TarEntry, TarReceiver } from './tarReceiver.ts';

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
export class GetError extends HostError<'absent' | 'digest' | 'refused' | 'local' | 'aborted'> {
  override readonly name = 'GetError';
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

async function receive(host: RemoteHost, wanted: Wanted, stage: string, { signal, onProgress }: GetOptions) {
  const files: GotFile[] = [];
  let bytes = 0;
  const tar = new TarReceiver(async (entry) => {
    files.push(
      await keep(host.address, entry, stage, (count) => {
        bytes += count;
        onProgress?.(bytes);
      }),
    );
  });
  const result = await host.run(getScript(wanted), {
    keepBytes: 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
    onChunk: (chunk, stream) => (stream === 1 ? tar.write(chunk) : undefined),
  });
  if (result.ended !== 'exit' || result.code !== 0) {
    await tar.abandon();
    throw failure(host.address, wanted, result);
  }
  await tar.finish();
  return { files, stderr: result.stderr };
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

async function keep(host: string, entry: TarEntry, stage: string, count: (bytes: number) => void): Promise<GotFile> {
  const { name, type } = entry.header;
  // nothing we asked for, and a name that could lead out of the folder
  if (type !== 'file' || name.includes('/')) {
    throw new GetError('refused', host, `${host} sent ${JSON.stringify(name)}, which was not asked for`, null);
  }
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(join(stage, name), 'w');
  try {
    for await (const chunk of entry) {
      hash.update(chunk);
      await file.write(chunk);
      sizeBytes += chunk.length;
      count(chunk.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { name, sizeBytes, sha256: hash.digest('hex') };
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
