import type { RouterOptions } from './routerOptions.ts';
import { Worker } from './worker.ts';

/** Workers of one kind, taken in turns. */
export class Pool {
  readonly workers: Worker[];
  #next = 0;

  constructor(workers: readonly Worker[]) {
    this.workers = [...workers];
  }

  /** null: none is available. */
  take(): Worker | null {
    const there = this.workers.filter((worker) => worker.isAvailable());
    if (there.length === 0) return null;
    this.#next++;
    return there[(this.#next - 1) % there.length]!;
  }

  count(): { readonly healthy: number; readonly total: number } {
    return { healthy: this.workers.filter(({ isHealthy }) => isHealthy).length, total: this.workers.length };
  }
}

/** One worker per URL, or one per rank of each. */
export function workerPool(
  urls: readonly { readonly url: string; readonly bootstrapPort: number | null }[],
  { ranksPerUrl }: RouterOptions,
): Pool {
  return new Pool(
    urls.flatMap(({ url, bootstrapPort }) =>
      ranksPerUrl === 1
        ? [new Worker(url, bootstrapPort, null)]
        : Array.from({ length: ranksPerUrl }, (_, rank) => new Worker(url, bootstrapPort, rank)),
    ),
  );
}
