import { createHash } from 'node:crypto';
import type { Load, PatternKind } from '../placement/index.ts';
import type { ChangeCost, LayerPar } from './balance.gen.ts';

export type { BalanceRecord, ChangeCost, Decision, LayerPar } from './balance.gen.ts';

/** What is known of a pattern: is next to its file as `.json`. */
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
