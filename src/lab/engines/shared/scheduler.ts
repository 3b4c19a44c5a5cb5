/** Lets at most `maxNumSeqs` requests run at once; the others wait their turn, first come first served. */
export class Scheduler {
  running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(readonly maxNumSeqs: number) {}

  get waiting(): number {
    return this.#queue.length;
  }

  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.running >= this.maxNumSeqs) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.running++;
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.running--;
    }
  }
}
