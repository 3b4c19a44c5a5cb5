import { countArrivals, layerSlots } from '../../../../placement/index.ts';
import type { LayerChange } from '../experts/layerChange.ts';
import { parByLayer } from '../experts/par.ts';
import { placementOf, type Slots } from '../experts/slots.ts';

/** What /metrics tells of the windows so far. */
export interface WindowHistory {
  /** Number of the last closed one; 0: none has. */
  recordStep: number;
  /** Those with a token. */
  withLoad: number;
  /** Of the last one with a token: mean over layers of its PAR; null: there was none. */
  par: number | null;
  parSum: number;
  /** How often slots were given other experts. */
  changes: number;
  /** Experts that came to a rank that had not held them. */
  expertsMoved: number;
}

export function newHistory(): WindowHistory {
  return { recordStep: 0, withLoad: 0, par: null, parSum: 0, changes: 0, expertsMoved: 0 };
}

export function recordWindow(history: WindowHistory, tokens: Float64Array, slots: Slots): void {
  history.recordStep++;
  if (tokens.every((count) => count === 0)) return;
  const layers = parByLayer(tokens, slots);
  history.par = layers.reduce((sum, par) => sum + par, 0) / layers.length;
  history.parSum += history.par;
  history.withLoad++;
}

/** `slots` as they are before the change. */
export function recordChange(history: WindowHistory, changes: readonly LayerChange[], slots: Slots): void {
  if (changes.length === 0) return;
  const old = placementOf(slots);
  const next = placementOf(slots);
  for (const { layer, experts } of changes) layerSlots(next, layer).set(experts);
  history.expertsMoved += countArrivals(next, old).reduce((sum, arrivals) => sum + arrivals, 0);
  history.changes++;
}
