import { UserError } from '../../errors/userError.ts';
import { readBytes } from '../../files/readBytes.ts';
import { type Load, parseNpy } from '../../placement/index.ts';
import { inFile } from './asUserError.ts';

/** Tokens by the rank where they start. */
export interface SourceLoad {
  readonly ranks: number;
  readonly layers: number;
  readonly experts: number;
  /** [rank][layer][expert] */
  readonly tokens: Float64Array;
}

/** A .npy of (ranks, layers, experts): which rank's tokens go to which expert. */
export async function readSourceLoad(file: string): Promise<SourceLoad> {
  const bytes = await readBytes(file);
  return inFile(file, () => {
    const { shape, data } = parseNpy(bytes);
    if (shape.length !== 3 || shape.some((size) => size === 0)) {
      throw new UserError('bad_load', `${file}: has shape (${shape.join(', ')}), not (ranks, layers, experts)`, {
        hint: 'Count, on each rank, the tokens that start there, by layer and expert.',
      });
    }
    const [ranks, layers, experts] = shape as [number, number, number];
    for (let i = 0; i < data.length; i++) {
      if (data[i]! >= 0 && data[i]! <= 2 ** 53) continue;
      const where = `rank ${Math.floor(i / (layers * experts))}, layer ${Math.floor(i / experts) % layers}, expert ${i % experts}`;
      throw new UserError('bad_load', `${file}: ${where} has ${data[i]} tokens; they are numbers from 0 to 2^53`, {
        hint: 'Record it again.',
      });
    }
    return { ranks, layers, experts, tokens: Float64Array.from(data) };
  });
}

/** The load it sums up to, one episode. */
export function loadOfSources({ ranks, layers, experts, tokens }: SourceLoad): Load {
  const size = layers * experts;
  const sums = new Float64Array(size);
  for (let i = 0; i < ranks * size; i++) sums[i % size]! += tokens[i]!;
  return { episodes: 1, layers, experts, tokens: sums };
}

/** One layer's tokens, [rank][expert]. */
export function layerSources({ ranks, layers, experts, tokens }: SourceLoad, layer: number): Float64Array {
  const sources = new Float64Array(ranks * experts);
  for (let rank = 0; rank < ranks; rank++) {
    const first = (rank * layers + layer) * experts;
    sources.set(tokens.subarray(first, first + experts), rank * experts);
  }
  return sources;
}
