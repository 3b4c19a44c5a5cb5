/** The data-parallel ranks of an instance, met at the master's port. */
export interface Group {
  /** Returns when every rank has come this far. */
  barrier(name: string): Promise<void>;
  /** Counts of all ranks together; only rank 0 can know them. */
  collect: (() => Promise<Float64Array>) | null;
}

export interface GroupOptions {
  readonly timeoutMs: number;
  /** Cumulative counts of this process. */
  readonly counts: () => Float64Array;
  /** The instance can't go on: a rank is gone. */
  readonly onLost: (reason: string) => void;
}

export type FromMember =
  | { hello: { rank: number; size: number } }
  | { barrier: string }
  | { counts: string; of: number };
export type FromLeader = { refused: string } | { go: string } | { collect: number } | { lost: string };

/** Counts as base64 of little-endian doubles. */
export function encodeCounts(counts: Float64Array): string {
  return Buffer.from(counts.buffer, counts.byteOffset, counts.byteLength).toString('base64');
}

export function decodeCounts(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float64Array(Uint8Array.from(bytes).buffer);
}
