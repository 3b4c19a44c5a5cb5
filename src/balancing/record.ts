import { createHash } from 'node:crypto';
import type { Load } from '../placement/index.ts';
import type { PatternKind } from './gate.ts';

/** What is known of a pattern: stands beside its `.npy` as `.json`. */
export interface PatternRecord {
  readonly version: 1;
  readonly pattern: string;
  readonly sha256: string;
  readonly target: string;
  readonly kind: PatternKind;
  readonly ranks: number;
  readonly layers: number;
  readonly experts: number;
  readonly solver: string;
  readonly seed: number;
  readonly split: 'uniform' | 'affine';
  readonly omniplace: string;
  readonly load: { readonly sha256: string; readonly windows: number; readonly tokens: number };
  readonly parBefore: number;
  readonly parPredicted: number;
  readonly stepTimeGain: number;
  readonly movedExperts: number;
  /** ISO 8601 */
  readonly madeAt: string;
}

export type Decision = 'applied' | 'kept' | 'planned' | 'rolled-back' | 'rollback-failed' | 'failed';

/** One decision of `balance`, and what became of it: a line of the history. */
export interface BalanceRecord {
  readonly at: string;
  readonly target: string;
  readonly decision: Decision;
  readonly reason: string;
  /** by the engine's counters, mean over layers; null: not measured */
  readonly parBefore: number | null;
  readonly parPredicted: number | null;
  readonly parAfter: number | null;
  readonly stepTimeGain: number | null;
  readonly movedExperts: number | null;
  /** nodes, in the order of their restart */
  readonly restarted: readonly string[];
  /** file name; null: no new one */
  readonly pattern: string | null;
  /** ms */
  readonly timings: Readonly<Record<string, number>>;
}

/** Identifies a load, byte order and all. */
export function loadDigest({ episodes, layers, experts, tokens }: Load): string {
  const hash = createHash('sha256').update(`${episodes} ${layers} ${experts}\n`);
  const bytes = Buffer.alloc(tokens.length * 8);
  for (let i = 0; i < tokens.length; i++) bytes.writeDoubleLE(tokens[i]!, i * 8);
  return hash.update(bytes).digest('hex');
}
