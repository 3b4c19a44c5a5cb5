import { Readable } from 'node:stream';
import appendTemplate from '../../../templates/bring_append.sh';
import digestTemplate from '../../../templates/digest.sh';
import { mib } from '../../files/sizes.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { RemoteHost, RunResult } from '../host.ts';
import { limited } from '../rate.ts';
import { BringError, noRoom } from './bringError.ts';
import type { Pace } from './pace.ts';
import { type Packing, packer } from './packing.ts';
import { type BringOptions, signalOf } from './part.ts';
import type { Pieces } from './pieces.ts';
import { refusal } from './refusal.ts';
import type { LocalSource } from './source.ts';

/** As long as a silent connection is waited for (connect.ts). */
export const STALL_MS = 12_000;

/** Pieces of a file on their way to one host. */
export class Sending {
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
