import { sha256 } from '../files/digests.ts';
import type { DesiredFile, LocalInputs } from './engine.ts';

export function textFile(path: string, text: string, mode = 0o644): DesiredFile {
  return { path, mode, sha256: sha256(text), sizeBytes: Buffer.byteLength(text), content: { text } };
}

/** A local file that goes to the host as it is; null while it is missing on this machine. */
export function localFile(path: string, localPath: string, inputs: LocalInputs): DesiredFile | null {
  const found = inputs.files[localPath];
  return found ? { path, mode: 0o644, ...found, content: { localPath } } : null;
}
