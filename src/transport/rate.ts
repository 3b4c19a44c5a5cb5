import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

// what may go at once after a pause
const BURST_MS = 100;
// one waiting transfer does not hold the others back for longer than this
const SLICE_MS = 50;
const SMALLEST_SLICE_BYTES = 16 * 1024;

/** Bytes a second that all transfers of a run share: who comes first is let through first. */
export class RateLimit {
  /** When everything let through so far will have gone. */
  #freeAtMs = 0;

  constructor(readonly bytesPerSecond: number) {}

  get sliceBytes(): number {
    return Math.max(SMALLEST_SLICE_BYTES, Math.round((this.bytesPerSecond * SLICE_MS) / 1000));
  }

  /** Resolves when `bytes` more may go. */
  async take(bytes: number): Promise<void> {
    const nowMs = performance.now();
    const startMs = Math.max(this.#freeAtMs, nowMs - BURST_MS);
    this.#freeAtMs = startMs + (bytes / this.bytesPerSecond) * 1000;
    if (startMs > nowMs) await sleep(startMs - nowMs);
  }
}

/** `stream` as fast as `limit` lets it through; null: as it is. */
export function limited(stream: Readable, limit: RateLimit | null): Readable {
  return limit === null ? stream : Readable.from(slices(stream, limit));
}

async function* slices(stream: Readable, limit: RateLimit): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += limit.sliceBytes) {
      const slice = chunk.subarray(at, at + limit.sliceBytes);
      await limit.take(slice.length);
      yield slice;
    }
  }
}
