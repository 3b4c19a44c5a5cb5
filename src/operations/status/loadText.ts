import { age } from '../../files/durations.ts';
import type { InstanceLoad, Loads } from './instanceLoads.ts';

interface LoadColumn {
  readonly heading: string;
  /** It counts requests since an earlier look, others show what is now. */
  readonly isMean?: true;
  readonly of: (load: InstanceLoad) => string;
}

const COLUMNS: readonly LoadColumn[] = [
  { heading: 'run', of: ({ running }) => whole(running) },
  { heading: 'wait', of: ({ waiting }) => whole(waiting) },
  { heading: 'KV', of: ({ kvUse }) => (kvUse === null ? '' : `${Math.round(kvUse * 100)} %`) },
  { heading: 'TTFT', isMean: true, of: ({ ttftMs }) => latencyText(ttftMs) },
  { heading: 'TPOT', isMean: true, of: ({ tpotMs }) => latencyText(tpotMs) },
];

/** Columns of what is known of at least one instance. */
export function loadColumns(loads: readonly InstanceLoad[]): readonly LoadColumn[] {
  return COLUMNS.filter(({ of }) => loads.some((load) => of(load) !== ''));
}

/** What the columns count, where that can't be seen. */
export function loadLines({ overS, instances }: Loads): readonly string[] {
  const shown = loadColumns(instances).flatMap(({ heading, isMean }) => (isMean ? [heading] : []));
  if (shown.length === 0) return [];
  const span = overS === null ? 'since the servers started' : `of the last ${age(overS)}`;
  return [`  ${shown.join(' and ')}: ${shown.length === 1 ? 'mean' : 'means'} ${span}`];
}

function whole(value: number | null): string {
  return value === null ? '' : String(Math.round(value));
}

function latencyText(ms: number | null): string {
  if (ms === null) return '';
  if (ms >= 10_000) return `${Math.round(ms / 1_000)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
