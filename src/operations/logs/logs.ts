import { randomBytes } from 'node:crypto';
import template from '../../../templates/logs.sh';
import type { Desired } from '../../engines/desired.ts';
import { quote } from '../../shell/quote.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';
import { Lines } from '../../transport/output.ts';
import { clockOf, type LogClock, timeOf } from './logTime.ts';

/** One log file of a node. */
export interface LogSource {
  readonly node: string;
  readonly host: string;
  readonly path: string;
  /** What stands before its lines: `d0/server_2`. */
  readonly label: string;
}

export interface LogLine {
  readonly source: LogSource;
  /** Milliseconds since 1970; of a line without a stamp that of the line before it. */
  readonly atMs: number;
  readonly text: string;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Of each file. */
  readonly lines: number;
  /** Older lines are left out; milliseconds since 1970. */
  readonly sinceMs: number | null;
  readonly signal: AbortSignal;
  /** Takes lines in order; while its promise is open no host is read on. */
  readonly write: (lines: readonly LogLine[]) => Promise<void>;
}

/** How long a line waits for older ones of other hosts. */
const HOLD_MS = 300;
/** Lines held at most while following. */
const HELD_LINES = 5_000;

export function logSources(desired: Desired, nodes: readonly { readonly name: string }[]): LogSource[] {
  return nodes.flatMap(({ name }) => {
    const node = desired.nodes[name as keyof Desired['nodes']];
    return (node?.server.logs ?? []).map((path) => {
      const file = path.slice(path.lastIndexOf('/') + 1).replace(/\.log$/, '');
      return { node: name, host: node!.host, path, label: `${name}/${file}` };
    });
  });
}

/**
 * Reads the ends of logs, one command per host, and hands them on in the order of time. With `follow` it goes on until
 * `signal`: what comes then is in order within {@link HOLD_MS}.
 * @returns why a host's logs could not be read (to the end), by address
 */
export async function readLogs(
  open: OpenHost,
  sources: readonly LogSource[],
  options: LogOptions,
): Promise<Readonly<Record<string, string>>> {
  const problems: Record<string, string> = {};
  const held = new Held(options);
  const timer = options.follow ? setInterval(() => void held.release(HOLD_MS), 100) : null;
  const hosts = [...new Set(sources.map(({ host }) => host))];
  await Promise.all(
    hosts.map(async (address) => {
      try {
        await readHost(
          open,
          address,
          sources.filter(({ host }) => host === address),
          held,
          options,
        );
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        if (!options.signal.aborted) problems[address] = error.message;
      }
    }),
  );
  if (timer !== null) clearInterval(timer);
  await held.release(0);
  return problems;
}

async function readHost(
  open: OpenHost,
  address: string,
  sources: readonly LogSource[],
  held: Held,
  options: LogOptions,
): Promise<void> {
  const host = await open(address, options.signal);
  const nonce = `omniplace-${randomBytes(8).toString('hex')}`;
  const reader = new HostReader(nonce, sources, (line) => held.add(line));
  const lines = new Lines((line) => reader.line(line));
  const timer = options.follow ? setInterval(() => reader.settle(), HOLD_MS) : null;
  try {
    const { ended, code } = await host.run(logsScript(sources, nonce, options), {
      signal: options.signal,
      keepBytes: 0,
      onChunk: (chunk, stream) => {
        if (stream === 1) lines.push(chunk);
        return options.follow ? held.relieve() : undefined;
      },
    });
    if (ended === 'exit' && !reader.answered)
      throw new TransportError(
        'lost',
        address,
        `its answer is not that of the reader of logs (exit code ${code})`,
        null,
      );
  } finally {
    if (timer !== null) clearInterval(timer);
    lines.end();
    reader.settle();
  }
}

export function logsScript(
  sources: readonly LogSource[],
  nonce: string,
  { lines, follow }: Pick<LogOptions, 'lines' | 'follow'>,
): string {
  return [
    `nonce=${nonce} lines=${lines} follow=${follow ? '1' : ''}`,
    template,
    quote(['show', ...sources.map(({ path }) => path)]),
  ].join('\n');
}

/** Turns what a host says into lines with times. */
export class HostReader {
  /** Whether the host's first word came: without it the answer is not that of our command. */
  answered = false;
  #zone = '+0000';
  readonly #writtenS = new Map<number, number>();
  readonly #clocks = new Map<number, LogClock>();
  readonly #lastMs = new Map<number, number>();
  /** Lines of files whose clock is not known yet: it is told by their last line. */
  readonly #waiting = new Map<number, string[]>();

  constructor(
    private readonly nonce: string,
    private readonly sources: readonly LogSource[],
    private readonly take: (line: LogLine) => void,
  ) {}

  line(text: string): void {
    const index = Number.parseInt(text, 10);
    const rest = text.slice(text.indexOf(' ') + 1);
    if (text.startsWith(`${this.nonce} `)) this.#note(text.split(' '));
    else if (this.#clocks.has(index)) this.#emit(index, rest);
    else if (this.sources[index] !== undefined) {
      const waiting = this.#waiting.get(index) ?? [];
      waiting.push(rest);
      this.#waiting.set(index, waiting);
    }
  }

  /** No more is to come that could tell a file's clock. */
  settle(): void {
    for (const [index, lines] of this.#waiting) {
      const writtenS = this.#writtenS.get(index) ?? Date.now() / 1000;
      const clock = clockOf(lines, writtenS, this.#zone);
      this.#clocks.set(index, clock);
      // lines before the first stamp go with it; a log without any stamp is as old as its file
      const first = lines.map((line) => timeOf(line, clock)).find((atMs) => atMs !== null);
      this.#lastMs.set(index, first ?? writtenS * 1000);
      for (const line of lines) this.#emit(index, line);
    }
    this.#waiting.clear();
  }

  #note([, kind, ...words]: string[]): void {
    this.answered = true;
    if (kind === 'zone') this.#zone = words[0] ?? this.#zone;
    else if (kind === 'file') this.#writtenS.set(Number(words[0]), Number(words[1]));
  }

  #emit(index: number, text: string): void {
    const lastMs = this.#lastMs.get(index) ?? 0;
    // never back: lines of one file keep their order
    const atMs = Math.max(lastMs, timeOf(text, this.#clocks.get(index)!) ?? 0);
    this.#lastMs.set(index, atMs);
    this.take({ source: this.sources[index]!, atMs, text });
  }
}

/** Lines of all hosts on their way out. */
class Held {
  #lines: { readonly line: LogLine; readonly cameMs: number }[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: LogOptions) {}

  add(line: LogLine): void {
    const { sinceMs } = this.options;
    if (sinceMs === null || line.atMs >= sinceMs) this.#lines.push({ line, cameMs: performance.now() });
  }

  /** Lets go of a burst at once, and makes its reader wait for whoever takes the lines. */
  relieve(): Promise<void> | undefined {
    return this.#lines.length > HELD_LINES ? this.release(0) : undefined;
  }

  /** Writes what has waited for `ageMs`, in the order of time; lines of one file keep their order. */
  release(ageMs: number): Promise<void> {
    const until = performance.now() - ageMs;
    const ripe = this.#lines.filter(({ cameMs }) => cameMs <= until).map(({ line }) => line);
    this.#lines = this.#lines.filter(({ cameMs }) => cameMs > until);
    if (ripe.length > 0) {
      const sorted = ripe.sort((a, b) => a.atMs - b.atMs);
      this.#writing = this.#writing.then(() => this.options.write(sorted));
    }
    return this.#writing;
  }
}
