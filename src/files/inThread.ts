import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A file of this package's bundle, by its path below dist/. Null: this runs from its sources, which no thread can load. */
export function bundled(name: string): string | null {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    if (folder.endsWith('/dist')) return existsSync(join(folder, name)) ? join(folder, name) : null;
  }
  return null;
}

/**
 * What a thread that is started with `data` answers.
 * @param here the same work in this thread: it reproduces the error of the thread, since an error loses its class on its way
 * @throws what `here` throws; the signal's reason when aborted
 */
export async function inThread<T>(file: string, data: unknown, here: () => T, signal: AbortSignal): Promise<T> {
  const worker = new Worker(file, { workerData: data });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<T>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', () => {
        try {
          resolve(here());
        } catch (error) {
          reject(error);
        }
      });
      worker.once('exit', () => reject(signal.reason ?? new Error(`${file} ended without an answer`)));
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
