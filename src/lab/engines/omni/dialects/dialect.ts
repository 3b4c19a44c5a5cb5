/** Versions of OmniInfer that the lab imitates, oldest first. */
export const IMITATED = ['v0.3', 'v0.4', 'v0.5', 'v0.6', '2026-03'] as const;

export type Imitated = (typeof IMITATED)[number];

/** What `lab up` takes unless it is asked for another. */
export const DEFAULT_DIALECT: Imitated = 'v0.6';

/** Where what is imitated was read. */
interface Source {
  readonly repository: string;
  readonly commit: string;
  /** Of the commit. */
  readonly date: string;
  /** Of the package omni_infer. */
  readonly version: string;
}

export const SOURCES: Readonly<Record<Imitated, Source>> = {
  'v0.3': {
    repository: 'github.com/zhengjinhuan/omni-infer',
    commit: '3faa5df760bfb05b616e1bb0663c0cf4c909d225',
    date: '2025-08-22',
    version: '0.3.0',
  },
  'v0.4': {
    repository: 'github.com/zhengjinhuan/omni-infer',
    commit: '6325f2155ae0572c5cb74742f6af0da7847975fe',
    date: '2025-09-29',
    version: '0.4.1',
  },
  'v0.5': {
    repository: 'github.com/zhengjinhuan/omni-infer',
    commit: '8fe1465bd0cdcdd0cec988344c9e07043af55b6c',
    date: '2025-09-26',
    version: '0.5.0',
  },
  'v0.6': {
    repository: 'github.com/zhengjinhuan/omni-infer',
    commit: '0d409dfc8a13893eed45369351738720eba96d78',
    date: '2025-10-23',
    version: '0.6.0',
  },
  '2026-03': {
    repository: 'github.com/mingtingwei/omni-infer',
    commit: 'fda711fbc3407926d3876e7f82c3562b4bc45369',
    date: '2026-03-29',
    version: '0.6.0',
  },
};

/** In which versions something is there; without `since` from the first, without `until` to the newest. */
export interface Span {
  readonly since?: Imitated;
  /** The last one that has it. */
  readonly until?: Imitated;
}

export function isIn(dialect: Imitated, { since, until }: Span): boolean {
  const at = IMITATED.indexOf(dialect);
  return at >= (since ? IMITATED.indexOf(since) : 0) && at <= IMITATED.indexOf(until ?? '2026-03');
}
