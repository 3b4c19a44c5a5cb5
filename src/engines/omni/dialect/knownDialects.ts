import type { KnownDialect } from './dialect.ts';
import { KNOWN } from './known.gen.ts';

/** What is assumed where no code was read. */
export const NEWEST_KNOWN: KnownDialect = KNOWN['2026-03'];

/** What `generation` names. */
export function knownDialect(generation: 'v0.3' | 'v0.6'): KnownDialect {
  return KNOWN[generation];
}
