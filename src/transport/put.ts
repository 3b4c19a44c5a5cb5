import { randomBytes } from 'node:crypto';
import type { DesiredFile } from '../engines/desiredFile.ts';
import type { RemoteHost } from './host.ts';
import { changed, localFileFault, PutError, putFault } from './putError.ts';
import { loadOf } from './putLoad.ts';
import { putScript } from './putScript.ts';
import { putStream, tarBytes } from './putStream.ts';
import { limited, type RateLimit } from './rate.ts';

export interface PutOptions {
  readonly signal?: AbortSignal;
  /** Bytes of file contents sent so far. */
  readonly onProgress?: (sentBytes: number) => void;
  readonly limit?: RateLimit | null;
}

/**
 * Puts files on a host in one stream: each is complete on the disk and verified by its digest before it takes its name.
 * @throws PutError, TransportError
 */
export async function putFiles(
  host: RemoteHost,
  files: readonly DesiredFile[],
  options: PutOptions = {},
): Promise<void> {
  if (files.length === 0) return;
  const stage = `.omniplace-${randomBytes(6).toString('hex')}`;
  const load = loadOf(files);
  let sentBytes = 0;
  const count = (bytes: number): void => {
    sentBytes += bytes;
    options.onProgress?.(sentBytes);
  };
  let localFault: PutError | null = null;
  const stream = putStream(load, stage, count, (file) => changed(host.address, file));
  stream.on('error', (error) => {
    localFault = error instanceof PutError ? error : localFileFault(host.address, error);
  });
  const packedBytes = await tarBytes(load, stage);
  const result = await host
    .run(putScript(files, load, stage, packedBytes), {
      stdin: limited(stream, options.limit ?? null),
      stdinBytes: load.plain.reduce((sum, file) => sum + file.sizeBytes, packedBytes),
      stdinDirect: load.plain.length > 0,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    .catch((error: unknown) => {
      throw localFault ?? error;
    })
    .finally(() => stream.destroy());
  if (result.code !== 0) throw await putFault(host.address, files, result);
}
