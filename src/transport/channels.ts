/** At most `limit` channels of one connection at a time; the others wait in order. */
export class Channels {
  #limit: number;
  #open = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get open(): number {
    return this.#open;
  }

  async take(): Promise<void> {
    if (this.#open < this.#limit) this.#open += 1;
    // releasing a channel hands it over
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#open <= this.#limit ? this.#waiting.shift() : undefined;
    if (next) next();
    else this.#open -= 1;
  }

  /** The server took `open` channels and no more. */
  lower(open: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, open));
  }
}
