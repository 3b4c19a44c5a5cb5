import type { FileHandle } from 'node:fs/promises';

/**
 * Appends an entry as a line of JSON; each is on disk before its call returns. Entries that come while others are being
 * written share the next write, in their order: hundreds of steps that end together cost the disk a few flushes.
 */
export function durableLines(file: FileHandle): (entry: object) => Promise<void> {
  let waiting: string[] = [];
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  const flush = async (): Promise<void> => {
    const text = waiting.join('');
    waiting = [];
    next = null;
    await file.appendFile(text);
    await file.datasync();
  };
  return (entry) => {
    waiting.push(`${JSON.stringify(entry)}\n`);
    // one writer at a time: lines of parallel hosts must not interleave; after a failure nothing more is written
    if (next === null) {
      next = last.then(flush);
      last = next;
    }
    return next;
  };
}
