import { type DumpWindow, expertTokens, type Placement, PlacementError, type WindowCodec } from '../placement/index.ts';
import { createParMeter } from './rankPar.ts';

/** What one window told. */
export type WindowRead =
  | {
      readonly kind: 'load';
      /** [layer][expert] */
      readonly tokens: Float64Array;
      /** by the counters, mean over layers */
      readonly par: number;
    }
  /** No token, or too few to tell balance from chance. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'damaged'; readonly message: string };

/** What chance alone adds to the PAR of even traffic, at most; a window of few requests is all chance. */
const CHANCE = 0.1;

/** A window by the map that it was recorded under: its columns are that map's slots. */
export function readWindow(
  content: Uint8Array,
  recordedUnder: Placement,
  codec: Pick<WindowCodec, 'parse'>,
): WindowRead {
  const window = parsed(content, codec);
  if (typeof window === 'string') return { kind: 'damaged', message: window };
  const tokens = expertTokens(window, recordedUnder);
  if (typeof tokens === 'string') return { kind: 'damaged', message: tokens };
  const meter = createParMeter(recordedUnder.ranks);
  if (!meter.add(window) || chanceOf(tokens, recordedUnder) > CHANCE) return { kind: 'idle' };
  return { kind: 'load', tokens, par: meter.finish()!.mean };
}

/** The highest of R ranks exceeds n even tokens per rank and layer by about sqrt(2 n ln R). */
function chanceOf(tokens: Float64Array, { layers, ranks }: Placement): number {
  const perRank = tokens.reduce((sum, count) => sum + count, 0) / layers / ranks;
  return Math.sqrt((2 * Math.log(ranks)) / perRank);
}

function parsed(content: Uint8Array, codec: Pick<WindowCodec, 'parse'>): DumpWindow | string {
  try {
    return codec.parse(content);
  } catch (error) {
    if (!(error instanceof PlacementError)) throw error;
    return error.message;
  }
}
