import type { Dialect } from './dialect.gen.ts';

export type { ConfigKeys, Dialect, ScriptVariable } from './dialect.gen.ts';

/** A dialect that was read from OmniInfer's public sources. */
export interface KnownDialect {
  readonly name: string;
  readonly repository: string;
  readonly commit: string;
  /** Of the commit. */
  readonly date: string;
  readonly release: string | null;
  readonly dialect: Dialect;
}
