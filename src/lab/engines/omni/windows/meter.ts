import type { LayerChange } from '../experts/layerChange.ts';

/** Makes windows of cumulative counts, by [layer][rank][slot], through layers that begin anew. */
export class WindowMeter {
  readonly #perLayer: number;
  #before: Float64Array;
  #tokens: Float64Array;

  constructor(counts: Float64Array, perLayer: number) {
    this.#perLayer = perLayer;
    this.#before = counts;
    this.#tokens = new Float64Array(counts.length);
  }

  absorb(counts: Float64Array): void {
    for (let at = 0; at < counts.length; at++) this.#tokens[at]! += counts[at]! - this.#before[at]!;
    this.#before = counts.slice();
  }

  /** These layers' counts begin anew, after what was absorbed. */
  restart(maps: readonly LayerChange[]): void {
    const perLayer = this.#perLayer;
    for (const { layer } of maps) this.#before.fill(0, layer * perLayer, (layer + 1) * perLayer);
  }

  /** Tokens since the last close. */
  close(): Float64Array {
    const tokens = this.#tokens;
    this.#tokens = new Float64Array(tokens.length);
    return tokens;
  }
}
