import { posix } from 'node:path';

/** Where relative local paths and `~` lead. */
export interface LocalRoot {
  /** Absolute folder of the deployment file. */
  readonly directory: string;
  readonly home: string;
}

/** A local path of the file, absolute. */
export function localPath(written: string, { directory, home }: LocalRoot): string {
  if (written === '~') return home;
  if (written.startsWith('~/')) return posix.join(home, written.slice(2));
  return posix.isAbsolute(written) ? posix.normalize(written) : posix.join(directory, written);
}
