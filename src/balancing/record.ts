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
  /** of our own solver, as `pattern build --effort` takes it */
  readonly effort?: number;
  readonly split: 'uniform' | 'affine';
  readonly omniplace: string;
  /** what it was recorded with, and made for */
  readonly image: string;
  readonly load: { readonly sha256: string; readonly windows: number; readonly tokens: number };
  readonly parBefore: number;
  readonly parPredicted: number;
  readonly stepTimeGain: number;
  readonly movedExperts: number;
  readonly parOfLayers: LayerPar;
  /** ISO 8601 */
  readonly madeAt: string;
}

export type Decision = 'applied' | 'kept' | 'planned' | 'rolled-back' | 'rollback-failed' | 'failed';

/** [layer], to 4 digits */
export interface LayerPar {
  readonly before: readonly number[];
  readonly predicted: readonly number[];
  /** absent: not measured */
  readonly after?: readonly number[];
}

/** What a change takes. */
export interface ChangeCost {
  /** nodes that restart, one instance after the other */
  readonly restarts: readonly string[];
  readonly instances: number;
  /** bytes of weights that come to ranks that did not hold them; null: the model does not say how large an expert is */
  readonly movedBytes: number | null;
  /** how long an instance was away at its last restart, the longest of them; null: none is remembered here */
  readonly awayMs: number | null;
  /** until the time that is saved is what the restarts cost, for a role that has as much to do as it can; null: not known */
  readonly paysBackMs: number | null;
}

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
  /** null: nothing was predicted */
  readonly parOfLayers: LayerPar | null;
  readonly cost: ChangeCost | null;
  /** nodes, in the order of their restart */
  readonly restarted: readonly string[];
  /** file name; null: no new one */
  readonly pattern: string | null;
  /** ms */
  readonly timings: Readonly<Record<string, number>>;
}

export function rounded(par: Float64Array): number[] {
  return Array.from(par, (value) => Math.round(value * 1e4) / 1e4);
}

/**
 * Instances restart one after the other: what a role loses is one instance for as long as each is away, together the whole
 * role for that long.
 */
export function changeCost(
  instances: readonly { readonly nodes: readonly string[] }[],
  movedExperts: number,
  expertBytes: number | null,
  awayMs: number | null,
  stepTimeGain: number,
): ChangeCost {
  const worth = stepTimeGain > 0 && awayMs !== null;
  return {
    restarts: instances.flatMap(({ nodes }) => nodes),
    instances: instances.length,
    movedBytes: expertBytes === null ? null : movedExperts * expertBytes,
    awayMs,
    // steps are 1 / (1 - gain) as fast
    paysBackMs: worth ? Math.round((awayMs * (1 - stepTimeGain)) / stepTimeGain) : null,
  };
}

/** Identifies a load, byte order and all. */
export function loadDigest({ episodes, layers, experts, tokens }: Load): string {
  const hash = createHash('sha256').update(`${episodes} ${layers} ${experts}\n`);
  const bytes = Buffer.alloc(tokens.length * 8);
  for (let i = 0; i < tokens.length; i++) bytes.writeDoubleLE(tokens[i]!, i * 8);
  return hash.update(bytes).digest('hex');
}
