import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { quote } from '../shell/quote.ts';
import type { RemoteHost } from './host.ts';

const CHUNK_BYTES = 1024 * 1024;
const LAST_LINES = 20;

export interface ImageOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string, fraction: number | null) => void;
  readonly onLine?: (line: string) => void;
}

export interface ImageResult {
  /** Null when interrupted. */
  readonly code: number | null;
  /** Last lines of what docker said. */
  readonly output: readonly string[];
}

/** Streams a local archive into `docker load`, and makes sure that `ref` is what it brought. */
export async function loadImage(
  host: RemoteHost,
  archive: string,
  ref: string,
  options: ImageOptions = {},
): Promise<ImageResult> {
  const { size } = await stat(archive);
  let sentBytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sentBytes += chunk.length;
      options.onProgress?.(`${mib(sentBytes)} of ${mib(size)} MiB`, sentBytes / size);
      done(null, chunk);
    },
  });
  const file = createReadStream(archive, { highWaterMark: CHUNK_BYTES });
  file.on('error', (error) => counted.destroy(error));
  const inspect = quote(['docker', 'image', 'inspect', '-f', '{{.Id}}', '--', ref]);
  const missing = quote(['echo', `the archive holds no image ${ref}: see what was loaded above`]);
  const script = `docker load && { ${inspect} >/dev/null || { ${missing} >&2; exit 1; }; }`;
  return runDocker(host, script, options, { stdin: file.pipe(counted), stdinBytes: size });
}

/** `docker pull`: progress counts the layers that are complete. */
export async function pullImage(host: RemoteHost, ref: string, options: ImageOptions = {}): Promise<ImageResult> {
  const layers = new Map<string, boolean>();
  const onLine = (line: string): void => {
    options.onLine?.(line);
    const said = /^([0-9a-f]{12}): (.*)$/.exec(line);
    if (said?.[1] === undefined || said[2] === undefined) return;
    layers.set(said[1], said[2] === 'Pull complete' || said[2] === 'Already exists');
    const complete = [...layers.values()].filter(Boolean).length;
    options.onProgress?.(`${complete} of ${layers.size} layers`, complete / layers.size);
  };
  return runDocker(host, quote(['docker', 'pull', '--', ref]), { ...options, onLine }, {});
}

async function runDocker(
  host: RemoteHost,
  script: string,
  options: ImageOptions,
  input: { readonly stdin?: Transform; readonly stdinBytes?: number },
): Promise<ImageResult> {
  const output: string[] = [];
  const result = await host.run(script, {
    ...input,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onLine: (line) => {
      options.onLine?.(line);
      output.push(line);
      if (output.length > LAST_LINES) output.shift();
    },
  });
  return { code: result.code, output };
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
