import type { LayerChange } from '../experts/layerChange.ts';

/** The data-parallel ranks of an instance, met at the master's port. */
export interface Group {
  /** Returns when every rank has come this far. */
  barrier(name: string): Promise<void>;
  /** Counts of all ranks together; only rank 0 can know them. */
  collect: (() => Promise<Float64Array>) | null;
  /**
   * Rank 0 alone: stops every rank between two tokens, gives `decide` the counts of all together, has every rank take the
   * maps it returns, and lets them go on. So no rank serves the old maps once one serves the new. Fails with nothing
   * changed when a rank doesn't stop; one that stopped and doesn't take the maps ends the instance.
   */
  change: ((decide: (counts: Float64Array) => readonly LayerChange[]) => Promise<void>) | null;
  /** Only rank 0 has it: gives a closed window to another rank, which dumps it. */
  giveWindow: ((rank: number, step: number, tokens: Float64Array) => void) | null;
}

export interface GroupOptions {
  readonly timeoutMs: number;
  /** Cumulative counts of this process. */
  readonly counts: () => Float64Array;
  /** From its return to `release` this process routes no token. */
  readonly hold: () => void;
  readonly take: (maps: readonly LayerChange[]) => void;
  readonly release: () => void;
  /** A window that this rank is to dump. */
  readonly onWindow: (step: number, tokens: Float64Array) => void;
  /** The instance can't go on: a rank is gone. */
  readonly onLost: (reason: string) => void;
}

export type FromMember =
  | { hello: { rank: number; size: number } }
  | { barrier: string }
  | { counts: string; of: number }
  | { taken: number };
export type FromLeader =
  | { refused: string }
  | { go: string }
  | { collect: number }
  | { hold: number }
  | { take: readonly LayerChange[]; of: number }
  | { release: true }
  | { window: number; tokens: string }
  | { lost: string };

/** Counts as base64 of little-endian doubles. */
export function encodeCounts(counts: Float64Array): string {
  return Buffer.from(counts.buffer, counts.byteOffset, counts.byteLength).toString('base64');
}

export function decodeCounts(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float64Array(Uint8Array.from(bytes).buffer);
}
