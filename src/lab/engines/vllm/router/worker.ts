import type { RouterOptions } from './routerOptions.ts';

/** A server that the router sends requests to. */
export class Worker {
  readonly url: string;
  /** Of its Mooncake bootstrap. */
  readonly bootstrapPort: number | null;
  /** What `X-data-parallel-rank` contains; null: the server chooses. */
  readonly rank: number | null;
  isHealthy = true;
  #failedChecks = 0;
  #failures = 0;
  #openUntil = 0;

  constructor(url: string, bootstrapPort: number | null, rank: number | null) {
    this.url = url.replace(/\/$/, '');
    this.bootstrapPort = bootstrapPort;
    this.rank = rank;
  }

  isAvailable(): boolean {
    return this.isHealthy && Date.now() >= this.#openUntil;
  }

  /** Opens its breaker after so many in a row. */
  note(isOk: boolean, { breakerFailures, breakerMs }: RouterOptions): void {
    this.#failures = isOk ? 0 : this.#failures + 1;
    if (this.#failures < breakerFailures) return;
    this.#openUntil = Date.now() + breakerMs;
    this.#failures = 0;
  }

  async check({ health }: RouterOptions): Promise<void> {
    if (await this.answers(health.path, health.timeoutMs)) {
      this.#failedChecks = 0;
      this.isHealthy = true;
      return;
    }
    this.#failedChecks++;
    if (this.#failedChecks >= health.failures) this.isHealthy = false;
  }

  answers(path: string, timeoutMs: number): Promise<boolean> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(timeoutMs) }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.ok;
      },
      () => false,
    );
  }
}
