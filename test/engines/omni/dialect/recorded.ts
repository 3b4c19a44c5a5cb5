import { readFileSync } from 'node:fs';
import type { Dialect } from '../../../../src/engines/omni/dialect/dialect.ts';

/** Every recorded state of OmniInfer, the oldest first. */
export const SNAPSHOTS = ['A', 'G', 'r030', 'B', 'r040', 'r050', 'r041', 'r042', 'C', 'D', 'Dk', 'E'] as const;

export function recordedDialect(snapshot: (typeof SNAPSHOTS)[number]): Dialect {
  const text = readFileSync(new URL(`../../../golden/omni/${snapshot}.json`, import.meta.url), 'utf8');
  return JSON.parse(text).dialect;
}
