import type { KnownDialect } from './dialect.ts';
import { KNOWN } from './known.gen.ts';

/** What is assumed where no code was read and no `generation` is set. */
export const NEWEST_KNOWN: KnownDialect = KNOWN['2026-03'];

/** What is assumed of code that was not read. */
export function assumedDialect(generation: 'v0.3' | 'v0.6' | null): KnownDialect {
  return generation === null ? NEWEST_KNOWN : KNOWN[generation];
}
