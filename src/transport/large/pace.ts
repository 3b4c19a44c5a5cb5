import { minutes } from '../../files/durations.ts';
import { MIB } from '../../files/sizes.ts';

const WINDOW_MS = 10_000;
/** A rate that held for so long is what the way can do; one lower by so much is worth a word. */
const STEADY_MS = 3_000;
const SLOWED = 8;

/** How far a transfer is, how fast, and how long it will take, in words. Times are handed in. */
export class Pace {
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  /** Bytes a second, the best that held. */
  #best = 0;

  constructor(
    readonly totalBytes: number,
    /** Already there when it began. */
    startBytes: number,
    nowMs: number,
  ) {
    this.#samples.push({ atMs: nowMs, bytes: startBytes });
  }

  /** `512.0 of 2048.0 MiB, 96.0 MiB/s, 16 s left`; of who gets slower and slower `0.4 MiB/s (was 96.0), ...` */
  at(bytes: number, nowMs: number): string {
    this.#samples.push({ atMs: nowMs, bytes });
    while (this.#samples.length > 2 && nowMs - this.#samples[1]!.atMs > WINDOW_MS) this.#samples.shift();
    const [unit, word] = this.totalBytes < MIB ? [1024, 'KiB'] : [MIB, 'MiB'];
    const inUnit = (count: number): string => (count / unit).toFixed(1);
    const done = `${inUnit(bytes)} of ${inUnit(this.totalBytes)} ${word}`;
    const rate = this.bytesPerSecond();
    if (rate === null) return done;
    if (nowMs - this.#samples[0]!.atMs >= STEADY_MS) this.#best = Math.max(this.#best, rate);
    const was = rate * SLOWED < this.#best ? ` (was ${inUnit(this.#best)})` : '';
    const leftSeconds = Math.ceil((this.totalBytes - bytes) / rate);
    return `${done}, ${inUnit(rate)} ${word}/s${was}, ${seconds(leftSeconds)} left`;
  }

  /** Over the last 10 s; null while nothing moved. */
  bytesPerSecond(): number | null {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!];
    const tookMs = last.atMs - first.atMs;
    return tookMs <= 0 || last.bytes <= first.bytes ? null : ((last.bytes - first.bytes) * 1000) / tookMs;
  }
}

function seconds(count: number): string {
  if (count < 60) return `${count} s`;
  if (count < 3600) return minutes(count);
  return `${Math.floor(count / 3600)} h ${String(Math.floor((count % 3600) / 60)).padStart(2, '0')} min`;
}
