import { readFileSync } from 'node:fs';
import type { Dialect } from '../../../../src/engines/omni/dialect/dialect.ts';
import type { Imitated } from '../../../../src/lab/engines/omni/dialects/dialect.ts';

/** Every recorded state of OmniInfer, the oldest first. */
export const SNAPSHOTS = ['A', 'G', 'r030', 'B', 'r040', 'r050', 'r041', 'r042', 'C', 'D', 'Dk', 'E'] as const;

/** Snapshot of the version that the lab imitates. */
export const IMITATED_SNAPSHOT: Readonly<Record<Imitated, (typeof SNAPSHOTS)[number]>> = {
  'v0.3': 'r030',
  'v0.4': 'r041',
  'v0.5': 'r050',
  'v0.6': 'C',
  '2026-03': 'E',
};

export function recordedDialect(snapshot: (typeof SNAPSHOTS)[number]): Dialect {
  const text = readFileSync(new URL(`../../../golden/omni/${snapshot}.json`, import.meta.url), 'utf8');
  return JSON.parse(text).dialect;
}
