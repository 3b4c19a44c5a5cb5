import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import appendTemplate from '../../../templates/bring_append.sh';
import lookTemplate from '../../../templates/bring_look.sh';
import digestTemplate from '../../../templates/digest.sh';
import { quote, quoteWord } from '../../shell/quote.ts';
import { type RemoteHost, type RunResult, TransportError } from '../host.ts';
import { limited, type RateLimit } from '../rate.ts';
import { BringError, noRoom } from './bringError.ts';
import { mib, Pace } from './pace.ts';
import { choosePacking, type Measured, measurePackings, type Packing, packer } from './packing.ts';
import type { LocalSource } from './source.ts';

/** As long as a silent connection is waited for (connect.ts). */
export const STALL_MS = 12_000;
/** Sent as it is first, to learn how fast the link is. */
const FIRST_BYTES = 16 * 1024 * 1024;
/** Attempts in a row that brought nothing, and stalls in all, after which it is given up. */
const FRUITLESS = 2;
const STALLS = 3;

/** Where a file is gathered: under a hidden name in the folder that it is meant for. */
export interface Part {
  /** Absolute folder on the host. */
  readonly folder: string;
  /** Of the file when it is whole. */
  readonly name: string;
}

export interface BringOptions {
  readonly signal?: AbortSignal;
  readonly limit?: RateLimit | null;
  /** How many transfers share this machine's processors and link. */
  readonly sharers?: () => number;
  readonly onProgress?: (text: string, fraction: number) => void;
  /** Bytes that stand on the host's disk. */
  readonly onBytes?: (bytes: number) => void;
  readonly stallMs?: number;
}

export function partPath({ folder, name }: Part, source: LocalSource): string {
  return posix.join(folder, `.${name}.${source.key}.omniplace-part`);
}

/**
 * Brings a large file to a host, under its hidden name, verified by digest. What an earlier attempt left there is kept as far
 * as it is right; a connection that is cut on the way is opened anew and the transfer goes on where it stopped.
 * @param reach the host, connected anew when its connection was lost
 * @throws BringError, TransportError
 */
export async function bringFile(
  reach: () => Promise<RemoteHost>,
  source: LocalSource,
  part: Part,
  options: BringOptions = {},
): Promise<void> {
  let best = -1;
  let fruitless = 0;
  let stalls = 0;
  let damaged = false;
  for (;;) {
    const host = await reach();
    let atBytes = 0;
    const onBytes = (bytes: number): void => {
      atBytes = bytes;
      options.onBytes?.(bytes);
    };
    try {
      if (await attempt(host, source, part, { ...options, onBytes })) return;
      // neither ours nor the host's bytes changed on purpose: something on the way or a disk did it
      if (damaged) throw damage(host, source, part);
      damaged = true;
      best = -1;
    } catch (error) {
      if (options.signal?.aborted || !mayGoOn(error)) throw error;
      fruitless = atBytes > best ? 1 : fruitless + 1;
      best = Math.max(best, atBytes);
      if (error instanceof BringError) stalls += 1;
      if (fruitless >= FRUITLESS || stalls >= STALLS) throw error;
      options.onProgress?.(`${(error as Error).message}; going on at ${mib(atBytes)} MiB`, atBytes / source.sizeBytes);
      await sleep(1000 * fruitless);
    }
  }
}

function mayGoOn(error: unknown): boolean {
  return (
    (error instanceof TransportError && error.code === 'lost') ||
    (error instanceof BringError && error.code === 'stalled')
  );
}

/** @returns false when the bytes on the host turned out to be others than here; then none are left there */
async function attempt(host: RemoteHost, source: LocalSource, part: Part, options: BringOptions): Promise<boolean> {
  const path = partPath(part, source);
  const seen = await look(host, source, part, true, options);
  const isRight = seen.haveBytes > 0 && seen.prefixSha256 === (await source.prefixSha256(seen.haveBytes));
  const offset = isRight ? seen.haveBytes : 0;
  options.onBytes?.(offset);
  const pace = new Pace(source.sizeBytes, offset, performance.now());
  const sending = new Sending(host, source, path, pace, options);
  const bytes = new Pieces(source.stream(offset));
  try {
    let sha256 = isRight ? seen.prefixSha256 : null;
    if (offset < source.sizeBytes || sha256 === null) {
      const first = Math.min(source.sizeBytes - offset, FIRST_BYTES);
      const begunMs = performance.now();
      // where little is left, or nothing can be packed there, all goes in one piece
      const measured =
        source.sizeBytes - offset < 2 * FIRST_BYTES || seen.tools.size === 0
          ? []
          : await measurePackings(source.path, source.sizeBytes, seen.tools);
      if (measured.length === 0) sha256 = await sending.piece(bytes, offset, source.sizeBytes - offset, null);
      else {
        await sending.piece(bytes, offset, first, null);
        const linkRate = (first * 1000) / (performance.now() - begunMs);
        const packing = packingFor(measured, linkRate, options);
        sha256 = await sending.piece(bytes, offset + first, source.sizeBytes - offset - first, packing);
      }
    }
    await source.mustBeSame(host.address);
    if (sha256 === (await source.sha256())) return true;
    await host.run(`: > ${quoteWord(path)}`, signalOf(options));
    return false;
  } finally {
    await bytes.close();
  }
}

function packingFor(measured: readonly Measured[], linkRate: number, { limit, sharers }: BringOptions): Packing | null {
  const numSharers = sharers?.() ?? 1;
  const rate = limit ? Math.min(linkRate, limit.bytesPerSecond / numSharers) : linkRate;
  return choosePacking(measured, rate, numSharers);
}

export interface Seen {
  readonly haveBytes: number;
  /** Of what is there; null: nothing is, or it was not asked for. */
  readonly prefixSha256: string | null;
  /** Unpackers on the host. */
  readonly tools: ReadonlySet<string>;
}

/** What the host has of the file, and whether it has room for the rest. */
export async function look(
  host: RemoteHost,
  source: LocalSource,
  part: Part,
  verify: boolean,
  options: BringOptions,
): Promise<Seen> {
  const words = [
    `folder=${quoteWord(part.folder)}`,
    `stem=${quoteWord(`.${part.name}`)}`,
    `part=${quoteWord(partPath(part, source))}`,
    `size=${source.sizeBytes}`,
    `verify=${verify ? 1 : 0}`,
  ];
  const result = await host.run([...words, digestTemplate, lookTemplate].join('\n'), {
    ...signalOf(options),
    onLine: (line) => {
      const have = Number(/^have (\d+)$/.exec(line)?.[1] ?? 0);
      if (have > 0)
        options.onProgress?.(`comparing the ${mib(have)} MiB that are there already`, have / source.sizeBytes);
    },
  });
  const full = /^no-room (\d+) (\d+) (.*)$/m.exec(result.stdout);
  if (full) throw noRoom(host.address, source.path, Number(full[1]), Number(full[2]), full[3]!);
  if (result.ended !== 'exit' || result.code !== 0) throw refusal(host.address, source, result);
  return {
    haveBytes: Number(/^have (\d+)$/m.exec(result.stdout)?.[1] ?? 0),
    prefixSha256: /^([0-9a-f]{64}) /m.exec(result.stdout)?.[1] ?? null,
    tools: new Set([...result.stdout.matchAll(/^tool (\w+)$/gm)].map(([, tool]) => tool!)),
  };
}

/** Pieces of a file on their way to one host. */
class Sending {
  constructor(
    private readonly host: RemoteHost,
    private readonly source: LocalSource,
    private readonly path: string,
    private readonly pace: Pace,
    private readonly options: BringOptions,
  ) {}

  /** @returns sha256 of all that the host then has */
  async piece(bytes: Pieces, offset: number, length: number, packing: Packing | null): Promise<string | null> {
    const plain = Readable.from(bytes.next(length), { highWaterMark: 2 });
    const packed = packing === null ? null : packer(packing);
    if (packed !== null) plain.on('error', (error) => packed.destroy(error));
    const stalled = new AbortController();
    const signals = [stalled.signal, ...(this.options.signal ? [this.options.signal] : [])];
    const stallMs = this.options.stallMs ?? STALL_MS;
    let watch: NodeJS.Timeout | undefined;
    let atBytes = offset;
    const grew = (): void => {
      clearTimeout(watch);
      watch = setTimeout(() => stalled.abort(), stallMs);
    };
    try {
      const script = [
        `part=${quoteWord(this.path)}`,
        `offset=${offset}`,
        `unpack=${quoteWord(packing === null ? 'cat' : `${packing} -dc`)}`,
        digestTemplate,
        appendTemplate,
      ].join('\n');
      const result = await this.host.run(script, {
        stdin: limited(packed === null ? plain : plain.pipe(packed), this.options.limit ?? null),
        ...(packing === null ? { stdinBytes: length } : {}),
        signal: AbortSignal.any(signals),
        onLine: (line, stream) => {
          if (stream === 2) return;
          const at = /^at (\d+)$/.exec(line)?.[1];
          // reading again what is there may take long, and nothing grows meanwhile
          if (line === 'begun') grew();
          if (at === undefined || Number(at) <= atBytes) return;
          atBytes = Number(at);
          grew();
          this.options.onBytes?.(atBytes);
          this.options.onProgress?.(this.pace.at(atBytes, performance.now()), atBytes / this.source.sizeBytes);
        },
      });
      if (stalled.signal.aborted) throw this.#stall(atBytes, stallMs);
      return await this.#outcome(result, offset + length, atBytes);
    } finally {
      clearTimeout(watch);
      plain.destroy();
      packed?.destroy();
    }
  }

  async #outcome(result: RunResult, wanted: number, atBytes: number): Promise<string | null> {
    const { address } = this.host;
    if (result.ended !== 'exit') throw refusal(address, this.source, result);
    const failed = /^failed (\w+)$/m.exec(result.stdout)?.[1];
    if (failed === undefined && result.code === 0 && atBytes === wanted)
      return /^([0-9a-f]{64}) /m.exec(result.stdout)?.[1] ?? null;
    if (/No space left on device|Disk quota exceeded/.test(result.stderr)) {
      const free = /^free (\d+) (.*)$/m.exec(result.stdout);
      // a disk that we filled is left as it was found
      await this.host.run(quote(['rm', '-f', '--', this.path]), signalOf(this.options));
      throw noRoom(
        address,
        this.source.path,
        Number(free?.[1] ?? 0),
        this.source.sizeBytes - atBytes,
        free?.[2] ?? '/',
      );
    }
    throw refusal(address, this.source, result);
  }

  #stall(atBytes: number, stallMs: number): BringError {
    const seconds = (stallMs / 1000).toFixed(0);
    const message = `${this.host.address} took no byte of ${this.source.path} for ${seconds} s, at ${mib(atBytes)} of ${mib(this.source.sizeBytes)} MiB`;
    return new BringError('stalled', this.host.address, message, 'look at its disk; the next run goes on from there');
  }
}

/** A stream that is taken in pieces. */
class Pieces {
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly bytes: AsyncGenerator<Buffer>) {}

  async *next(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.bytes.next();
        if (done) return;
        this.#rest = value;
      }
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  async close(): Promise<void> {
    await this.bytes.return(undefined);
  }
}

function signalOf({ signal }: BringOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function refusal(host: string, source: LocalSource, result: RunResult): BringError {
  if (result.ended !== 'exit')
    return new BringError('aborted', host, `sending ${source.path} to ${host} was ${result.ended}`, null);
  const words = result.stderr.trim().split('\n').slice(-3).join('; ');
  return new BringError(
    'refused',
    host,
    `${host} did not take ${source.path}: ${words || `exit code ${result.code}`}`,
    null,
  );
}

function damage(host: RemoteHost, source: LocalSource, part: Part): BringError {
  const message = `${source.path} arrived damaged in ${part.folder} of ${host.address}, twice`;
  return new BringError('digest', host.address, message, 'check the disk and memory of that host');
}
