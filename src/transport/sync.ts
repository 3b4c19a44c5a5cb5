import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Pack, pack } from 'tar-stream';
import receiveTemplate from '../../templates/receive.sh';
import { NOT_CODE } from '../files/codeTree.ts';
import { mib } from '../files/sizes.ts';
import type { Argv } from '../shell/argv.ts';
import { quote, quoteWord } from '../shell/quote.ts';
import type { RemoteHost } from './host.ts';
import { runLocally } from './localProcess.ts';
import { isProcessHost, type ProcessHost } from './process.ts';
import { limited, type RateLimit } from './rate.ts';
import { openBridge } from './rsyncBridge.ts';
import { tarStream } from './tarStream.ts';

// a deadline of last resort: progress is shown, and the caller may abort
const DEADLINE_MS = 60 * 60 * 1000;
const COMMAND_NOT_FOUND = 127;

export interface SyncOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string, fraction: number | null) => void;
  readonly limit?: RateLimit | null;
  /** A command for the host, run before anything is touched there: it costs no round trip of its own. */
  readonly first?: Argv;
}

/** The host was reached, but the folder there is not equal to the local one. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code = 'sync';
}

/**
 * Makes the folder `to` on the host equal to the local folder `from`: by rsync through the host's own connection, which
 * sends differences only, or by one tar stream where this machine or the host has no rsync.
 * @returns what was done, in one line
 * @throws SyncError, TransportError
 */
export async function syncFolder(
  host: RemoteHost,
  from: string,
  to: string,
  options: SyncOptions = {},
): Promise<string> {
  const byRsync = isProcessHost(host) ? await rsync(host, from, to, options) : null;
  return byRsync ?? (await sendTar(host, from, to, options));
}

/** Null: there is no rsync here or there. */
async function rsync(host: ProcessHost, from: string, to: string, options: SyncOptions): Promise<string | null> {
  const prepare = [...firstOf(options), quote(['mkdir', '-p', '--', to]), 'exec'].join(' && ');
  const command = (rsync: string) => `command -v rsync >/dev/null || exit ${COMMAND_NOT_FOUND}; ${prepare} ${rsync}`;
  const bridge = await openBridge((rsync) => host.open(command(rsync)), options.limit ?? null);
  try {
    const result = await runLocally(rsyncArgv(from, to), {
      env: { ...bridge.env, RSYNC_RSH: bridge.shell, LC_ALL: 'C' },
      timeoutMs: DEADLINE_MS,
      onLine: (line) => report(line, options),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.ended !== 'exit') throw new SyncError(`sending ${from} to ${host.address} was ${result.ended}`);
    if (result.code === null || bridge.exitCode() === COMMAND_NOT_FOUND) return null;
    if (result.code !== 0) throw failure(host, from, to, result.stderr);
    return summary(result.stdout);
  } finally {
    await bridge.close();
  }
}

function rsyncArgv(from: string, to: string): readonly string[] {
  return [
    'rsync',
    '-a',
    // owners of this machine mean nothing there
    '--no-owner',
    '--no-group',
    '--delete',
    // paths travel in the stream, where no shell reads them
    '--protect-args',
    ...NOT_CODE.map((name) => `--exclude=${name}`),
    '--info=progress2,stats1',
    '--',
    `${from.replace(/\/+$/, '')}/`,
    `host:${to.replace(/\/+$/, '')}/`,
  ];
}

/** `  1,238,099 100%  146.38kB/s    0:00:08 (xfr#5, to-chk=169/396)` */
function report(line: string, options: SyncOptions): void {
  const [, bytes, percent] = /^\s*([\d,]+)\s+(\d+)%/.exec(line) ?? [];
  if (bytes === undefined || percent === undefined) return;
  options.onProgress?.(`${mib(Number(bytes.replaceAll(',', '')))} MiB, ${percent} %`, Number(percent) / 100);
}

/** `sent 1,234 bytes  received 35 bytes  846.00 bytes/sec` */
function summary(stdout: string): string {
  const sent = /^sent ([\d,]+) bytes/m.exec(stdout)?.[1];
  return sent === undefined ? 'sent by rsync' : `sent ${mib(Number(sent.replaceAll(',', '')))} MiB by rsync`;
}

/**
 * The same from a folder of the host itself: real copies, so that a later write can't reach what is kept.
 * @throws SyncError, TransportError
 */
export async function copyFolder(
  host: RemoteHost,
  from: string,
  to: string,
  options: SyncOptions = {},
): Promise<string> {
  const { signal } = options;
  const stage = stageOf(to);
  const fill = `cp -a -- ${quoteWord(`${from.replace(/\/+$/, '')}/.`)} "$stage/"`;
  const script = receiveScript(to, stage, fill, options);
  const result = await host.run(script, signal === undefined ? {} : { signal });
  if (result.ended !== 'exit') throw new SyncError(`copying ${from} on ${host.address} was ${result.ended}`);
  if (result.code !== 0) throw failure(host, from, to, result.stderr);
  return `copied from ${from}`;
}

/** @param fill shell that brings everything into $stage */
function receiveScript(to: string, stage: string, fill: string, options: SyncOptions): string {
  const first = firstOf(options).map((command) => `${command} || exit\n`);
  return `${first.join('')}to=${quoteWord(to)}\nstage=${quoteWord(stage)}\nfill() { ${fill}; }\n${receiveTemplate}`;
}

function firstOf({ first }: SyncOptions): string[] {
  return first === undefined ? [] : [quote(first)];
}

function stageOf(to: string): string {
  return `${to.replace(/\/+$/, '')}.omniplace-${randomBytes(6).toString('hex')}`;
}

async function sendTar(host: RemoteHost, from: string, to: string, options: SyncOptions): Promise<string> {
  const stage = stageOf(to);
  const tar = pack();
  let sentBytes = 0;
  const count = (bytes: number): void => {
    sentBytes += bytes;
    options.onProgress?.(`${mib(sentBytes)} MiB`, null);
  };
  let localFault: unknown;
  const packing = packFolder(tar, from, '', count).then(
    () => tar.finalize(),
    (error: unknown) => {
      localFault = error;
      tar.destroy(error instanceof Error ? error : undefined);
    },
  );
  const script = receiveScript(to, stage, 'tar -C "$stage" -x -p -o -f -', options);
  const result = await host
    .run(script, {
      stdin: limited(tarStream(tar), options.limit ?? null),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    .catch((error: unknown) => {
      if (localFault === undefined) throw error;
      throw new SyncError(`can't read ${from}: ${(localFault as Error).message}`, { cause: localFault });
    })
    .finally(() => tar.destroy());
  await packing;
  if (result.ended !== 'exit') throw new SyncError(`sending ${from} to ${host.address} was ${result.ended}`);
  if (result.code !== 0) throw failure(host, from, to, result.stderr);
  return `sent ${mib(sentBytes)} MiB by tar`;
}

async function packFolder(tar: Pack, root: string, below: string, count: (bytes: number) => void): Promise<void> {
  const names = (await readdir(join(root, below))).sort();
  for (const name of names.filter((name) => !NOT_CODE.includes(name))) {
    if (tar.destroyed) return;
    const path = below === '' ? name : `${below}/${name}`;
    const info = await lstat(join(root, path));
    const head = { name: path, mode: info.mode & 0o7777, mtime: info.mtime };
    if (info.isDirectory()) {
      await entry(tar, { ...head, type: 'directory' as const });
      await packFolder(tar, root, path, count);
    } else if (info.isSymbolicLink()) {
      await entry(tar, { ...head, type: 'symlink' as const, linkname: await readlink(join(root, path)) });
    } else if (info.isFile()) {
      await packFile(tar, { ...head, size: info.size }, join(root, path));
      count(info.size);
    }
  }
}

function entry(tar: Pack, head: Parameters<Pack['entry']>[0]): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(head, (error?: Error | null) => (error ? reject(error) : resolve()));
  });
}

function packFile(tar: Pack, head: Parameters<Pack['entry']>[0], file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = tar.entry(head, (error?: Error | null) => (error ? reject(error) : resolve()));
    // exactly as many bytes as announced, should the file grow meanwhile
    const source = head.size === 0 ? Readable.from([]) : createReadStream(file, { end: (head.size ?? 0) - 1 });
    source.on('error', reject);
    source.pipe(sink as unknown as NodeJS.WritableStream);
  });
}

function failure(host: RemoteHost, from: string, to: string, stderr: string): SyncError {
  const words = stderr.trim().split('\n').slice(-5).join('\n');
  return new SyncError(`can't make ${to} on ${host.address} equal to ${from}:\n${words}`);
}
