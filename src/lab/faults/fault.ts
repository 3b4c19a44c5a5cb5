import type { LabHost, LabState } from '../state.ts';

/** One thing that can go wrong with a host, or be put right again. */
export interface FaultKind {
  /** One line, for the help. */
  readonly does: string;
  /** What `--arg` means and what it is when absent; null: it takes none. */
  readonly argument: { readonly name: string; readonly default: string } | null;
  readonly inject: (target: FaultTarget) => Promise<void>;
}

export interface FaultTarget {
  readonly lab: LabState;
  readonly host: LabHost;
  /** `--arg`, or its default; empty where the kind takes none. */
  readonly argument: string;
  readonly signal: AbortSignal | undefined;
}

export type FaultTable = Readonly<Record<string, FaultKind>>;
