/** markers in the table, and the places that CPython looks at behind the first one */
const FREE = -1;
const REMOVED = -2;
const NEIGHBOURS = 9;

/**
 * A set of small whole numbers that lists them in the order of CPython's `set` (3.7 and later): open addressing, up to
 * nine neighbours probed before a jump, removed places not used again, four times the room when three fifths are full.
 */
export class HashSet {
  #table = new Int32Array(8).fill(FREE);
  #numFilled = 0;
  #numUsed = 0;

  constructor(numbers: Iterable<number>) {
    for (const number of numbers) this.add(number);
  }

  has(number: number): boolean {
    return this.#table[this.#find(number)] === number;
  }

  add(number: number): void {
    const at = this.#find(number);
    if (this.#table[at] === number) return;
    this.#table[at] = number;
    this.#numFilled++;
    this.#numUsed++;
    if (this.#numFilled * 5 >= (this.#table.length - 1) * 3) this.#grow();
  }

  delete(number: number): void {
    const at = this.#find(number);
    if (this.#table[at] !== number) return;
    this.#table[at] = REMOVED;
    this.#numUsed--;
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#table.filter((number) => number >= 0)[Symbol.iterator]();
  }

  /** Where the number is, or the free place where it would go. */
  #find(number: number): number {
    const mask = this.#table.length - 1;
    let place = number & mask;
    for (let rest = number; ; ) {
      const end = place + NEIGHBOURS <= mask ? place + NEIGHBOURS : place;
      for (let at = place; at <= end; at++) {
        if (this.#table[at] === number || this.#table[at] === FREE) return at;
      }
      rest >>>= 5;
      place = (place * 5 + 1 + rest) & mask;
    }
  }

  #grow(): void {
    const numbers = [...this];
    let size = 8;
    while (size <= this.#numUsed * 4) size *= 2;
    this.#table = new Int32Array(size).fill(FREE);
    for (const number of numbers) this.#table[this.#find(number)] = number;
    this.#numFilled = this.#numUsed;
  }
}
