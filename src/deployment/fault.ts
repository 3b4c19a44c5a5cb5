import type { FaultCode } from './codes.ts';

/** Something wrong with an input: what, where, why and what to do. Faults are collected, not thrown. */
export interface Fault {
  readonly code: FaultCode;
  readonly severity: 'error' | 'warning';
  /** One sentence of what is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  readonly file: string;
  /** 1-based; null where no place in the file is to blame. */
  readonly line: number | null;
  readonly col: number | null;
  /** Dotted path in the document: `deployment.prefill.group1.hosts`. */
  readonly path: string;
}
