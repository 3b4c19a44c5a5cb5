import { type DumpWindow, expertTokens, type Placement, PlacementError, parseDumpWindow } from '../placement/index.ts';
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
  | { readonly kind: 'idle' }
  | { readonly kind: 'damaged'; readonly message: string };

/** A window by the map that it was recorded under: its columns are that map's slots. */
export function readWindow(content: Uint8Array, recordedUnder: Placement): WindowRead {
  const window = parsed(content);
  if (typeof window === 'string') return { kind: 'damaged', message: window };
  const tokens = expertTokens(window, recordedUnder);
  if (typeof tokens === 'string') return { kind: 'damaged', message: tokens };
  const meter = createParMeter(recordedUnder.ranks);
  if (!meter.add(window)) return { kind: 'idle' };
  return { kind: 'load', tokens, par: meter.finish()!.mean };
}

function parsed(content: Uint8Array): DumpWindow | string {
  try {
    return parseDumpWindow(content);
  } catch (error) {
    if (!(error instanceof PlacementError)) throw error;
    return error.message;
  }
}
