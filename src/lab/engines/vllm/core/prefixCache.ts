import { contextHashes } from '../../shared/text.ts';

const MAX_BLOCKS = 100_000;

/** Which full blocks of prompts a rank has computed or been given. */
export class PrefixCache {
  readonly #blocks = new Set<string>();
  readonly #blockSize: number;
  readonly #isOn: boolean;

  constructor(blockSize: number, isOn: boolean) {
    this.#blockSize = blockSize;
    this.#isOn = isOn;
  }

  /** Leading tokens of a prompt that need not be computed: whole blocks, and never its last token. */
  computed(tokens: readonly string[]): number {
    let found = 0;
    for (const key of this.#keys(tokens)) {
      const end = found + this.#blockSize;
      if (end >= tokens.length || !this.#blocks.has(key)) break;
      found = end;
    }
    return found;
  }

  add(tokens: readonly string[]): void {
    if (!this.#isOn) return;
    for (const key of this.#keys(tokens)) this.#blocks.add(key);
    for (const oldest of this.#blocks) {
      if (this.#blocks.size <= MAX_BLOCKS) break;
      this.#blocks.delete(oldest);
    }
  }

  #keys(tokens: readonly string[]): readonly string[] {
    const contexts = contextHashes(tokens);
    const count = Math.floor(tokens.length / this.#blockSize);
    return Array.from({ length: count }, (_, block) => {
      const end = (block + 1) * this.#blockSize;
      return `${end} ${contexts[end - 1]}`;
    });
  }
}
