/** Seeded generator (mulberry32): the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A generator for which near seeds give unlike numbers from the first one on. */
  static scrambled(seed: number): Random {
    return new Random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b));
  }

  /** integer in [0, limit) */
  below(limit: number): number {
    // multiply-shift instead of modulo: no bias worth speaking of and no division
    return Math.floor(this.uniform() * limit);
  }

  /** standard normal; for loads and traces, as logarithms may differ between machines */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** in [0, 1) */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** One seed per layer, so that a layer's result doesn't depend on the others'. */
export function layerSeed(seed: number, layer: number): number {
  return Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(layer + 1, 0xc2b2ae35);
}
