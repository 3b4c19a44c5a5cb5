import { setTimeout as sleep } from 'node:timers/promises';
import { mib } from '../../files/sizes.ts';
import { quoteWord } from '../../shell/quote.ts';
import { type RemoteHost, TransportError } from '../host.ts';
import { BringError } from './bringError.ts';
import { look } from './look.ts';
import { Pace } from './pace.ts';
import { choosePacking, type Measured, measurePackings, type Packing } from './packing.ts';
import { type BringOptions, type Part, partPath, signalOf } from './part.ts';
import { Pieces } from './pieces.ts';
import { Sending } from './sending.ts';
import type { LocalSource } from './source.ts';

/** Sent as it is first, to learn how fast the link is. */
const FIRST_BYTES = 16 * 1024 * 1024;
/** Attempts in a row that brought nothing, and stalls in all, after which it is given up. */
const FRUITLESS = 2;
const STALLS = 3;

/**
 * Brings a large file to a host, under its hidden name, verified by digest. What an earlier attempt left there is kept as far
 * as it is right; a connection that is cut on the way is opened again and the transfer resumes where it stopped.
 * @param reach the host, connected again when its connection was lost
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

function damage(host: RemoteHost, source: LocalSource, part: Part): BringError {
  const message = `${source.path} arrived damaged in ${part.folder} of ${host.address}, twice`;
  return new BringError('digest', host.address, message, 'check the disk and memory of that host');
}
