import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import leashSource from '../../templates/leash.sh';
import { inAnyShell } from '../shell/anyShell.ts';
import { type Meter, NoShell, type RunOptions, type RunResult } from './host.ts';
import { Lines, Tail } from './output.ts';
import type { RemoteProcess } from './process.ts';

const KEEP_BYTES = 1024 * 1024;
const WORDS_BYTES = 4096;
const FRAME_BYTES = 1024 * 1024;
// the watchdog kills what ignores TERM after 1 s; if it is stuck itself, a second command kills the
// group; who has not ended by then is on a host that no longer answers
const KILLING_MS = 2000;
const LETTING_GO_MS = 5000;

// comments stay here: they would travel with every command
const LEASH = leashSource
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .join('\n');

/**
 * The watchdog as an argument of `sh -c`: the same for every script, so that no secret is ever in a process list.
 * `name` marks its processes.
 */
export function leashCommand(name: string): string {
  return inAnyShell(LEASH, [name]);
}

/** Ends the process group of the leash of that name, when its watchdog is stuck. */
export function killCommand(name: string): string {
  // the name is a whole argument of the leash; here it is a part of one
  const script = [
    `for found in $(grep -slz '^${name}$' /proc/[0-9]*/cmdline)`,
    'do pid=${found#/proc/}',
    'kill -KILL -"${pid%/cmdline}" 2>/dev/null',
    'done',
  ].join('; ');
  return inAnyShell(script);
}

/** Runs `script` through {@link leashCommand}, started by `open`, as `RemoteHost.run` promises. */
export async function runLeashed(
  open: (command: string) => Promise<RemoteProcess>,
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

  const name = `omniplace-${randomBytes(8).toString('hex')}`;
  const process = await open(leashCommand(name));
  const stdout = collect(process.stdout, 1, meter, options);
  const stderr = collect(process.stderr, 2, meter, options);

  const end = new End(process, () => void open(killCommand(name)).then(forget, forget), options);

  let feedError: unknown;
  let isOver = false;
  const feeding = feed(process, meter, script, options).catch((error: unknown) => {
    // after the end, an input that breaks off is our own doing
    if (isOver) return;
    feedError = error;
    end.by('aborted');
  });
  try {
    const code = await process.ended.catch(async (error: unknown) => {
      if (error instanceof NoShell && !end.gaveUp) {
        await stderr.over;
        throw error.withErrors?.(stderr.text()) ?? error;
      }
      if (error instanceof NoShell && end.why === 'deadline') {
        // printed nothing: the host may just as well be slow
        if (error.withErrors === null) throw error;
        if (stderr.text().trim() !== '') throw error.withErrors(stderr.text());
      }
      if (end.why === 'exit' || !end.gaveUp) throw error;
      return null;
    });
    isOver = true;
    // ssh2 calls a process ended when its output has, though its errors may still be on their way
    if (code !== null) await Promise.all([stdout.over, stderr.over]);
    await Promise.all([stdout.taken(), stderr.taken()]);
    process.stdin.end();
    if (options.stdin !== undefined && !Buffer.isBuffer(options.stdin)) options.stdin.destroy();
    await feeding;
    if (feedError !== undefined) throw feedError;
    return result(end.why, code, stdout.text(), stderr.text());
  } finally {
    end.dispose();
  }
}

/** How a command comes to its end: by itself, or because it was aborted or took too long. */
class End {
  why: RunResult['ended'] = 'exit';
  /** The host did not even answer that the command was killed. */
  gaveUp = false;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = (): void => this.by('aborted');

  constructor(
    private readonly process: RemoteProcess,
    private readonly kill: () => void,
    private readonly options: RunOptions,
  ) {
    const { signal, deadlineMs } = options;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) this.by('aborted');
    if (deadlineMs !== undefined) this.#timers.push(setTimeout(() => this.by('deadline'), deadlineMs));
  }

  by(why: 'aborted' | 'deadline'): void {
    if (this.why !== 'exit') return;
    this.why = why;
    this.process.stdin.end();
    this.#timers.push(
      setTimeout(this.kill, KILLING_MS),
      setTimeout(() => {
        this.gaveUp = true;
        this.process.letGo();
      }, this.options.letGoMs ?? LETTING_GO_MS),
    );
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.options.signal?.removeEventListener('abort', this.#onAbort);
  }
}

function forget(outcome: RemoteProcess | unknown): void {
  if (outcome instanceof Error) return;
  const { stdout, stderr } = outcome as RemoteProcess;
  stdout.resume();
  stderr.resume();
}

interface Collected {
  text(): string;
  /** Resolves when no more can come. */
  readonly over: Promise<void>;
  /** Resolves when the reader of the chunks has the last one; rejects with its error. */
  taken(): Promise<void>;
}

function collect(stream: Readable, number: 1 | 2, meter: Meter, options: RunOptions): Collected {
  // a few words of stderr are kept in any case: they may be why the script did not run
  const tail = new Tail(Math.max(options.keepBytes ?? KEEP_BYTES, number === 2 ? WORDS_BYTES : 0));
  const { onLine, onChunk } = options;
  const lines = onLine === undefined ? null : new Lines((line) => onLine(line, number));
  let taking: Promise<void> | undefined;
  stream.on('data', (chunk: Buffer) => {
    meter.bytesReceived += chunk.length;
    tail.push(chunk);
    lines?.push(chunk);
    const open = onChunk?.(chunk, number);
    if (open === undefined) return;
    taking = open;
    stream.pause();
    const goOn = (): void => void stream.resume();
    open.then(goOn, goOn);
  });
  const over = new Promise<void>((resolve) => {
    stream.once('end', () => resolve(lines?.end())).once('close', resolve);
  });
  return { text: () => tail.text(), over, taken: async () => taking };
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
  const { stdin, stdinBytes, stdinDirect = false } = options;
  const payload = stdin === undefined ? 'none' : stdinDirect ? 'direct' : 'frames';
  const header = `omniplace-leash ${body.length} ${payload}\n`;
  await send(Buffer.concat([Buffer.from(header), body]));
  if (stdin === undefined) return;
  if (Buffer.isBuffer(stdin)) {
    if (stdin.length > 0) await send(Buffer.concat([Buffer.from(`${stdin.length}\n`), stdin]));
  } else if (stdinBytes === undefined) {
    await sendFrames(stdin, send, () => over);
  } else {
    if (!stdinDirect && stdinBytes > 0) await send(`${stdinBytes}\n`);
    await sendAll(stdin, stdinBytes, send, () => over);
  }
  if (!stdinDirect) await send('0\n');
}

async function sendAll(
  stdin: Readable,
  size: number,
  send: (data: Buffer | string) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
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
async function sendFrames(
  stdin: Readable,
  send: (data: Buffer | string) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
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
    if (isOver()) return;
  }
  await flush();
}

/** Resolves when there is room for more, or no reader. */
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
