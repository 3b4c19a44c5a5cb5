import { posix } from 'node:path';
import type { DesiredFile } from '../engines/desiredFile.ts';

/** From here on a process of its own pays for a file: tar on the host takes small bites, coreutils count digests slowly. */
const HEAVY_BYTES = 4 * 1024 * 1024;

/** What is sent of some files, and in which order. */
export interface Load {
  /** In one tar stream. */
  readonly packed: readonly DesiredFile[];
  /** Behind it, each as it is. */
  readonly plain: readonly DesiredFile[];
}

export function loadOf(files: readonly DesiredFile[]): Load {
  const sent = files.filter(({ content }) => !('hostPath' in content));
  const plain = sent.filter(isHeavy);
  return { packed: sent.filter((file) => !plain.includes(file)), plain };
}

export function isHeavy({ sizeBytes }: DesiredFile): boolean {
  return sizeBytes >= HEAVY_BYTES;
}

/** Where a file is gathered until all are there. */
export function staged(file: DesiredFile, stage: string): string {
  return posix.join(posix.dirname(file.path), stage, posix.basename(file.path));
}
