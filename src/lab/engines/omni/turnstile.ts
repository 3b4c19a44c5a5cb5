/** Where requests of a rank wait between two tokens while its instance changes. */
export class Turnstile {
  #open: (() => void) | null = null;
  #opened: Promise<void> | null = null;

  hold(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open?.();
    this.#open = null;
    this.#opened = null;
  }

  /** Returns at once unless the rank is held. A token may be routed until the next `await`. */
  async pass(): Promise<void> {
    while (this.#opened) await this.#opened;
  }
}
