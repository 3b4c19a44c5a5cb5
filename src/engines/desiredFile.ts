import { sha256 } from '../files/digests.ts';
import type { LocalInputs } from './inputs.ts';

/** A file that should be on a host. */
export interface DesiredFile {
  /** Absolute, on the host. */
  readonly path: string;
  /** Octal permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** sha256 of what the probe found in its place, null: nothing; a file of another digest is not replaced. Absent: whatever is there. */
  readonly found?: string | null;
  readonly content:
    | { readonly text: string }
    /** On this machine. */
    | { readonly localPath: string }
    /** A copy that the host keeps itself. */
    | { readonly hostPath: string };
}

export function textFile(path: string, text: string, mode = 0o644): DesiredFile {
  return { path, mode, sha256: sha256(text), sizeBytes: Buffer.byteLength(text), content: { text } };
}

/** A local file that goes to the host as it is; null while it is missing on this machine. */
export function localFile(path: string, localPath: string, inputs: LocalInputs): DesiredFile | null {
  const found = inputs.files[localPath];
  return found ? { path, mode: 0o644, ...found, content: { localPath } } : null;
}
