import { posix } from 'node:path';
import type { RateLimit } from '../rate.ts';
import type { LocalSource } from './source.ts';

/** Where a file is gathered: under a hidden name in the folder that it is meant for. */
export interface Part {
  /** Absolute folder on the host. */
  readonly folder: string;
  /** Of the file when it is whole. */
  readonly name: string;
}

export interface BringOptions {
  readonly signal?: AbortSignal;
  readonly limit?: RateLimit | null;
  /** How many transfers share this machine's processors and link. */
  readonly sharers?: () => number;
  readonly onProgress?: (text: string, fraction: number) => void;
  /** Bytes on the host's disk. */
  readonly onBytes?: (bytes: number) => void;
  readonly stallMs?: number;
}

export function partPath({ folder, name }: Part, source: LocalSource): string {
  return posix.join(folder, `.${name}.${source.key}.omniplace-part`);
}

export function signalOf({ signal }: BringOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
