import { type Load, PlacementError } from './types.ts';

/** Sums consecutive episodes into `count` of nearly equal length. */
export function mergeEpisodes({ episodes, layers, experts, tokens }: Load, count: number): Load {
  if (!Number.isInteger(count) || count < 1 || count > episodes) {
    throw new PlacementError('bad-option', `${episodes} episodes can't be merged into ${count}`);
  }
  const size = layers * experts;
  const merged = new Float64Array(count * size);
  for (let i = 0; i < tokens.length; i++) {
    const episode = Math.floor((Math.floor(i / size) * count) / episodes);
    merged[episode * size + (i % size)]! += tokens[i]!;
  }
  return { episodes: count, layers, experts, tokens: merged };
}

/** Some layers of a load, in the order given, as a copy. */
export function pickLayersOfLoad({ episodes, layers, experts, tokens }: Load, picked: readonly number[]): Load {
  const some = new Float64Array(episodes * picked.length * experts);
  for (let episode = 0; episode < episodes; episode++) {
    for (const [i, layer] of picked.entries()) {
      const first = (episode * layers + layer) * experts;
      some.set(tokens.subarray(first, first + experts), (episode * picked.length + i) * experts);
    }
  }
  return { episodes, layers: picked.length, experts, tokens: some };
}

/** Tokens of a layer's experts over all episodes, [expert]. */
export function tokensOfLayer(load: Load, layer: number): Float64Array {
  return mergeEpisodes(pickLayersOfLoad(load, [layer]), 1).tokens;
}

/** One load after the other: several folders, or several files. All must be of one model. */
export function joinEpisodes(loads: readonly Load[]): Load {
  const first = loads[0];
  if (first === undefined) throw new PlacementError('bad-load', 'no load was given');
  const other = loads.find(({ layers, experts }) => layers !== first.layers || experts !== first.experts);
  if (other !== undefined) {
    throw new PlacementError(
      'bad-shape',
      `loads of ${first.layers} layers x ${first.experts} experts and of ${other.layers} x ${other.experts} don't belong together`,
    );
  }
  const tokens = new Float64Array(loads.reduce((sum, load) => sum + load.tokens.length, 0));
  let at = 0;
  for (const load of loads) {
    tokens.set(load.tokens, at);
    at += load.tokens.length;
  }
  const episodes = loads.reduce((sum, load) => sum + load.episodes, 0);
  return { episodes, layers: first.layers, experts: first.experts, tokens };
}

/** A load as an array: [layer][expert], or [episode][layer][expert]. */
export function loadFromArray({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }): Load {
  const [episodes, layers, experts] = shape.length === 2 ? [1, ...shape] : shape;
  if ((shape.length !== 2 && shape.length !== 3) || data.length === 0) {
    throw new PlacementError(
      'bad-file',
      `a load has shape (layers, experts) or (episodes, layers, experts), this file (${shape.join(', ')})`,
    );
  }
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!(value >= 0 && value <= 2 ** 53)) {
      throw new PlacementError('bad-load', `value ${i} of the load is ${value}; tokens are numbers from 0 to 2^53`);
    }
  }
  return { episodes: episodes!, layers: layers!, experts: experts!, tokens: Float64Array.from(data) };
}
