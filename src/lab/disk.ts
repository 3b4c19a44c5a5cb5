import { mkdirSync } from 'node:fs';
import { run } from './shell.ts';

/** Takes blocks only as they are written; no journal: a lab doesn't outlive its machine. */
export async function makeDisk(image: string, mountPoint: string, signal: AbortSignal | undefined): Promise<void> {
  mkdirSync(mountPoint, { recursive: true });
  await run(['truncate', '-s', '40G', image], { signal });
  const lazily = 'lazy_itable_init=1,lazy_journal_init=1';
  await run(['mkfs.ext4', '-q', '-F', '-E', lazily, '-O', '^has_journal', '-m', '0', '-N', '2000000', image], {
    signal,
  });
  await run(['mount', '-o', 'loop,discard', image, mountPoint], { signal });
}
