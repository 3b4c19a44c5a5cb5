import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { type Pack, pack } from 'tar-stream';
import digestTemplate from '../../templates/digest.sh';
import template from '../../templates/put.sh';
import type { DesiredFile } from '../engines/engine.ts';
import { quote, quoteWord } from '../shell/quote.ts';
import type { RemoteHost, RunResult } from './host.ts';
import { localBytes } from './localBytes.ts';
import { limited, type RateLimit } from './rate.ts';
import { tarStream } from './tarStream.ts';

const BLOCK_BYTES = 512;
/** From here on a process of its own for a file's digest is the cheaper one. */
const HEAVY_BYTES = 4 * 1024 * 1024;

export interface PutOptions {
  readonly signal?: AbortSignal;
  /** Bytes of file contents sent so far. */
  readonly onProgress?: (sentBytes: number) => void;
  readonly limit?: RateLimit | null;
}

/** The host was reached, but the files could not be put there. None of them stands truncated under its name. */
export class PutError extends Error {
  override readonly name = 'PutError';

  constructor(
    readonly code: 'no-room' | 'digest' | 'changed-there' | 'refused' | 'local-file' | 'aborted',
    readonly host: string,
    message: string,
    readonly hint: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Puts files on a host in one tar stream: each is complete on the disk and verified by its digest before it takes its name.
 * @throws PutError, TransportError
 */
export async function putFiles(
  host: RemoteHost,
  files: readonly DesiredFile[],
  options: PutOptions = {},
): Promise<void> {
  if (files.length === 0) return;
  const stage = `.omniplace-${randomBytes(6).toString('hex')}`;
  const tar = pack();
  let localFault: PutError | null = null;
  const packing = packFiles(tar, host.address, files, stage, options.onProgress).catch((error: unknown) => {
    localFault = error instanceof PutError ? error : localFileFault(host.address, error);
    tar.destroy();
  });
  const result = await host
    .run(putScript(files, stage), {
      stdin: limited(tarStream(tar), options.limit ?? null),
      stdinBytes: await tarBytes(files, stage),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    .catch((error: unknown) => {
      throw localFault ?? error;
    })
    .finally(() => tar.destroy());
  await packing;
  if (result.code !== 0) throw await fault(host.address, files, result);
}

/** The script that receives `files`; exported for its test. */
export function putScript(files: readonly DesiredFile[], stage: string): string {
  const folders = [...new Set(files.map((file) => posix.dirname(file.path)))];
  const inFolder = (folder: string) => files.filter((file) => posix.dirname(file.path) === folder);
  const stagedIn = (folder: string) => inFolder(folder).map((file) => staged(file, stage));
  const light = files.filter(({ sizeBytes }) => sizeBytes < HEAVY_BYTES);
  const heavy = files.filter((file) => !light.includes(file));
  const needs = folders.map((folder) => inFolder(folder).reduce((sum, file) => sum + file.sizeBytes, 0));
  // in the order of `digests`
  const expected = [...light, ...heavy].map((file) => file.sha256).join('\n');
  return [
    `stage=${stage}`,
    `needs=${quoteWord(needs.join(' '))}`,
    `expected=${quoteWord(expected)}`,
    `folders() { "$@" ${quote(['', ...folders]).slice(3)}; }`,
    `stages() { "$@" ${quote(['', ...folders.map((folder) => posix.join(folder, stage))]).slice(3)}; }`,
    `staged() { "$@" ${quote(['', ...folders.flatMap(stagedIn)]).slice(3)}; }`,
    `digests() { ${[...summed(light, stage), ...heavy.map((file) => `digest <${quoteWord(staged(file, stage))}`)].join('; ')}; }`,
    `copies() { ${[':', ...files.flatMap((file) => copyOf(file, stage))].join(' && ')}; }`,
    `place() { ${folders.map((folder) => quote(['mv', '-f', '--', ...stagedIn(folder), `${folder}/`])).join(' && ')}; }`,
    `as_found() { ${[':', ...files.flatMap(asFound)].join('; ')}; }`,
    digestTemplate,
    template,
  ].join('\n');
}

function summed(files: readonly DesiredFile[], stage: string): string[] {
  return files.length === 0 ? [] : [quote(['sha256sum', '--', ...files.map((file) => staged(file, stage))])];
}

function asFound({ path, found, sha256 }: DesiredFile): string[] {
  return found === undefined ? [] : [quote(['is', path, found ?? '', sha256])];
}

/** From a copy that the host keeps. */
function copyOf(file: DesiredFile, stage: string): string[] {
  if (!('hostPath' in file.content)) return [];
  const mode = file.mode.toString(8);
  return [
    quote(['cp', '-p', '--', file.content.hostPath, staged(file, stage)]),
    quote(['chmod', mode, '--', staged(file, stage)]),
  ];
}

function isSent({ content }: DesiredFile): boolean {
  return !('hostPath' in content);
}

async function packFiles(
  tar: Pack,
  host: string,
  files: readonly DesiredFile[],
  stage: string,
  onProgress: PutOptions['onProgress'],
): Promise<void> {
  let sentBytes = 0;
  for (const file of files.filter(isSent)) {
    const entry = tar.entry(header(file, stage, file.sizeBytes));
    let left = file.sizeBytes;
    for await (const chunk of contentOf(file)) {
      left -= chunk.length;
      if (left < 0) break;
      if (!entry.write(chunk) && !entry.destroyed) await room(entry);
      if (entry.destroyed) return;
      sentBytes += chunk.length;
      onProgress?.(sentBytes);
    }
    if (left !== 0) throw changed(host, file);
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

function contentOf(file: DesiredFile): AsyncIterable<Buffer> {
  // a byte more tells that it grew
  if ('localPath' in file.content) return localBytes(file.content.localPath, 0, file.sizeBytes + 1);
  const text = 'text' in file.content ? file.content.text : '';
  return Readable.from(text === '' ? [] : [Buffer.from(text)]);
}

/** The size of the stream, told in advance: heads of entries are as long whatever the content. */
async function tarBytes(files: readonly DesiredFile[], stage: string): Promise<number> {
  const heads = pack();
  const sent = files.filter(isSent);
  for (const file of sent) heads.entry(header(file, stage, 0), '');
  heads.finalize();
  let bytes = 0;
  for await (const chunk of heads) bytes += (chunk as Buffer).length;
  return sent.reduce((sum, file) => sum + Math.ceil(file.sizeBytes / BLOCK_BYTES) * BLOCK_BYTES, bytes);
}

function header(file: DesiredFile, stage: string, size: number) {
  // relative to /, where tar extracts
  return { name: staged(file, stage).slice(1), mode: file.mode, size, mtime: new Date(), uid: 0, gid: 0 };
}

function staged(file: DesiredFile, stage: string): string {
  return posix.join(posix.dirname(file.path), stage, posix.basename(file.path));
}

async function fault(host: string, files: readonly DesiredFile[], result: RunResult): Promise<PutError> {
  const stderr = result.stderr.trim();
  if (result.ended !== 'exit')
    return new PutError('aborted', host, `putting files on ${host} was ${result.ended}`, null);
  const noRoom = /^no-room (\d+) (\d+) (.*)$/m.exec(result.stdout);
  if (noRoom) return noRoomFault(host, Number(noRoom[1]), Number(noRoom[2]), noRoom[3]!);
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    const free = /^free (\d+) (.*)$/m.exec(result.stdout);
    const needed = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    return noRoomFault(host, Number(free?.[1] ?? 0), needed, free?.[2] ?? '/');
  }
  const changedThere = /^changed (.*)$/m.exec(result.stdout)?.[1];
  if (result.code === 74 && changedThere !== undefined) {
    const message = `${changedThere} on ${host} is not what was found when this was planned: somebody changed it meanwhile`;
    return new PutError('changed-there', host, message, 'nothing was replaced; look at it, then run again');
  }
  if (result.code === 72) return digestFault(host, files, result);
  return new PutError('refused', host, `${host} did not take the files: ${stderr || `exit code ${result.code}`}`, null);
}

function noRoomFault(host: string, freeBytes: number, neededBytes: number, mount: string): PutError {
  const message = `no room on ${host}: ${freeBytes} bytes free on ${mount}, ${neededBytes} bytes needed`;
  return new PutError('no-room', host, message, `free at least ${neededBytes - freeBytes} bytes there, and run again`);
}

async function digestFault(host: string, files: readonly DesiredFile[], result: RunResult): Promise<PutError> {
  const arrived = new Set(result.stdout.match(/^digest [0-9a-f]{64}$/gm)?.map((line) => line.slice(7)));
  const wrong = files.find((file) => !arrived.has(file.sha256));
  if (wrong === undefined) return new PutError('digest', host, `files arrived damaged on ${host}`, 'run again');
  if ('hostPath' in wrong.content) {
    const message = `${wrong.content.hostPath} on ${host} is not what was kept: its sha256 is not ${wrong.sha256}`;
    return new PutError('digest', host, message, 'somebody wrote into it; serve brings it anew from here');
  }
  // only now, since hashing again costs as much as sending
  const sum = createHash('sha256');
  for await (const chunk of contentOf(wrong)) sum.update(chunk);
  if (sum.digest('hex') !== wrong.sha256) return changed(host, wrong);
  const message = `${wrong.path} arrived damaged on ${host}: its sha256 is not ${wrong.sha256}`;
  return new PutError(
    'digest',
    host,
    message,
    'run again; if it happens twice, check the disk and memory of that host',
  );
}

function changed(host: string, file: DesiredFile): PutError {
  const source = 'localPath' in file.content ? file.content.localPath : 'its text';
  const message = `${source} is not what was planned for ${file.path}: it changed meanwhile`;
  return new PutError('local-file', host, message, 'run again when nobody writes to it');
}

function localFileFault(host: string, error: unknown): PutError {
  const message = error instanceof Error ? error.message : String(error);
  return new PutError('local-file', host, `can't read a file to send: ${message}`, null, { cause: error });
}
