import { size } from '../../files/sizes.ts';
import type { FetchProgress } from './types.ts';

/** Says how far a fetch is: in one line that is redrawn on a terminal, else now and then. Writes to stderr. */
export function fetchProgress(quiet: boolean): {
  readonly show: (of: string, progress: FetchProgress) => void;
  readonly done: () => void;
} {
  const parts = new Map<string, FetchProgress>();
  const { isTTY } = process.stderr;
  const pauseMs = isTTY ? 200 : 5_000;
  let shownMs = performance.now() - pauseMs + 1_000;
  let drawn = false;
  return {
    show: (of, progress) => {
      parts.set(of, progress);
      const nowMs = performance.now();
      if (quiet || nowMs - shownMs < pauseMs) return;
      shownMs = nowMs;
      drawn = true;
      process.stderr.write(isTTY ? `\r\u001b[K${progressText(parts)}` : `${progressText(parts)}\n`);
    },
    done: () => {
      if (drawn && isTTY) process.stderr.write('\r\u001b[K');
    },
  };
}

/** `P0 12/40 files, D0 3/9 files: 31.0 of 80.2 MiB, 38 %` */
export function progressText(parts: ReadonlyMap<string, FetchProgress>): string {
  const all = [...parts.values()];
  const sum = (pick: (progress: FetchProgress) => number) => all.reduce((total, one) => total + pick(one), 0);
  const [done, total] = [sum(({ doneBytes }) => doneBytes), sum(({ totalBytes }) => totalBytes)];
  const each = [...parts].map(([of, { doneFiles, numFiles }]) => `${of} ${doneFiles}/${numFiles} files`).join(', ');
  return `${each}: ${size(done)} of ${size(total)}, ${total === 0 ? 100 : Math.floor((100 * done) / total)} %`;
}
