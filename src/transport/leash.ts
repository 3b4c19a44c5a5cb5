import type { Readable, Writable } from 'node:stream';
import leashSource from '../../templates/leash.sh';
import { quoteWord } from '../shell/quote.ts';
import type { Meter, RunOptions, RunResult } from './host.ts';
import { Lines, Tail } from './output.ts';
import type { RemoteProcess } from './process.ts';

const KEEP_BYTES = 1024 * 1024;
const FRAME_BYTES = 1024 * 1024;
// the leash kills what ignores TERM after 1 s; who has not ended by then is on a host that no longer answers
const LETTING_GO_MS = 5000;

/** The watchdog as an argument of `sh -c`: the same for every script, so that no secret ever stands in a process list. */
export const LEASH_COMMAND = `sh -c ${quoteWord(withoutComments(leashSource))}`;

/** Runs `script` on what `open` starts ({@link LEASH_COMMAND} with streams), as `RemoteHost.run` promises. */
export async function runLeashed(
  open: () => Promise<RemoteProcess>,
  meter: Meter,
  script: string,
  options: RunOptions,
): Promise<RunResult> {
  const started = performance.now();
  const result = (ended: RunResult['ended'], code: number | null, stdout = '', stderr = ''): RunResult => ({
    code: ended === 'exit' ? code : null,
    stdout,
    stderr,
    durationMs: performance.now() - started,
    ended,
  });
  if (options.signal?.aborted) return result('aborted', null);

  const process = await open();
  const stdout = collect(process.stdout, 1, meter, options);
  const stderr = collect(process.stderr, 2, meter, options);

  let ended: RunResult['ended'] = 'exit';
  let gaveUp = false;
  let letGo: NodeJS.Timeout | undefined;
  const stop = (why: 'aborted' | 'deadline'): void => {
    if (ended !== 'exit') return;
    ended = why;
    process.stdin.end();
    letGo = setTimeout(() => {
      gaveUp = true;
      process.kill();
    }, LETTING_GO_MS);
  };
  const onAbort = (): void => stop('aborted');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  const deadline =
    options.deadlineMs === undefined ? undefined : setTimeout(() => stop('deadline'), options.deadlineMs);

  let feedError: unknown;
  const feeding = feed(process, meter, script, options).catch((error: unknown) => {
    feedError = error;
    stop('aborted');
  });
  try {
    const code = await process.ended.catch((error: unknown) => {
      if (ended === 'exit' || !gaveUp) throw error;
      return null;
    });
    process.stdin.end();
    await feeding;
    if (feedError !== undefined) throw feedError;
    return result(ended, code, stdout.text(), stderr.text());
  } finally {
    clearTimeout(deadline);
    clearTimeout(letGo);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function collect(stream: Readable, number: 1 | 2, meter: Meter, options: RunOptions): Tail {
  const tail = new Tail(options.keepBytes ?? KEEP_BYTES);
  const onLine = options.onLine;
  const lines = onLine === undefined ? null : new Lines((line) => onLine(line, number));
  stream.on('data', (chunk: Buffer) => {
    meter.bytesReceived += chunk.length;
    tail.push(chunk);
    lines?.push(chunk);
  });
  stream.on('end', () => lines?.end());
  return tail;
}

/** Sends the script and its input; the stream stays open, since its end would end the work. */
async function feed(process: RemoteProcess, meter: Meter, script: string, options: RunOptions): Promise<void> {
  let over = false;
  const noteEnd = (): void => {
    over = true;
  };
  void process.ended.then(noteEnd, noteEnd);
  const send = async (data: Buffer | string): Promise<void> => {
    if (over) return;
    meter.bytesSent += Buffer.byteLength(data);
    await write(process.stdin, data);
  };
  const body = Buffer.from(`${script}\n#whole`);
  const { stdin, stdinBytes } = options;
  const header = `omniplace-leash ${body.length} ${stdin === undefined ? 0 : 1}\n`;
  await send(Buffer.concat([Buffer.from(header), body]));
  if (stdin === undefined) return;
  if (Buffer.isBuffer(stdin)) {
    if (stdin.length > 0) await send(Buffer.concat([Buffer.from(`${stdin.length}\n`), stdin]));
  } else if (stdinBytes === undefined) {
    await sendFrames(stdin, send);
  } else {
    await sendOneFrame(stdin, stdinBytes, send, () => over);
  }
  await send('0\n');
}

async function sendOneFrame(
  stdin: Readable,
  size: number,
  send: (data: Buffer | string) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  if (size > 0) await send(`${size}\n`);
  let left = size;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    left -= chunk.length;
    if (left < 0) break;
    await send(chunk);
    if (isOver()) return;
  }
  if (left !== 0) throw new Error(`an input announced with ${size} bytes has ${left < 0 ? 'more' : size - left}`);
}

/** Gathered into large frames: each costs the host a process. */
async function sendFrames(stdin: Readable, send: (data: Buffer | string) => Promise<void>): Promise<void> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (bytes > 0) await send(Buffer.concat([Buffer.from(`${bytes}\n`), ...parts]));
    parts = [];
    bytes = 0;
  };
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes >= FRAME_BYTES) await flush();
  }
  await flush();
}

/** Resolves when there is room for more, or nobody to take it. */
function write(stream: Writable, data: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded || stream.write(data)) return resolve();
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.once('drain', done);
    stream.once('close', done);
  });
}

function withoutComments(source: string): string {
  return source
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
}
