import type { Argv } from '../../shell/argv.ts';
import type { RemoteHost } from '../../transport/host.ts';

/** Files of one folder of a host, and where they go here. */
export interface FetchWish {
  readonly host: RemoteHost;
  /** On the host; names are relative to it. */
  readonly folder: string;
  /** The call of `templates/fetch.sh` that lists them. */
  readonly list: Argv;
  /** Shell functions that this call needs. */
  readonly functions?: string;
  /** Here, absolute. */
  readonly into: string;
  /** They may grow while they are fetched: what is verified is what was there when they went. */
  readonly growing: boolean;
  readonly signal: AbortSignal;
  /** Looks at the bytes of each file as they come by; its last word is what is wrong with the file, or null. */
  readonly inspect?: (name: string) => Inspector;
  readonly onProgress: (progress: FetchProgress) => void;
}

export interface Inspector {
  push(chunk: Buffer): void;
  end(): string | null;
}

export interface FetchProgress {
  readonly doneFiles: number;
  readonly numFiles: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface FetchedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What {@link Inspector} said; null: nothing is wrong. */
  readonly fault: string | null;
}

export interface Fetched {
  readonly files: readonly FetchedFile[];
  /** Files that were here already, whole. */
  readonly numKept: number;
  readonly fetchedBytes: number;
  /** On the host's disk; null: the folder is not there. */
  readonly freeBytes: number | null;
  /** Why a file is not here or not to be trusted, one sentence each. */
  readonly problems: readonly string[];
}

/** The host was reached, but its files could not be brought here. What came is kept: the next fetch goes on from there. */
export class FetchError extends Error {
  override readonly name = 'FetchError';

  constructor(
    readonly code: 'no-room' | 'refused' | 'local' | 'aborted',
    message: string,
    readonly hint: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
