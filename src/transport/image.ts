import { quote, quoteWord } from '../shell/quote.ts';
import type { RemoteHost } from './host.ts';
import { partPath } from './large/part.ts';
import type { Transfers } from './large/transfers.ts';

const LAST_LINES = 20;

export interface ImageOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string, fraction: number | null) => void;
  readonly onLine?: (line: string) => void;
}

export interface ImageResult {
  /** Null when interrupted. */
  readonly code: number | null;
  /** Last lines of docker's output. */
  readonly output: readonly string[];
}

export interface ImageArchive {
  /** Local path. */
  readonly archive: string;
  readonly ref: string;
  /** On the host, where the archive is gathered; it is gone once docker has it. */
  readonly folder: string;
}

/**
 * Brings a local archive to the host, whole and verified, has docker load it, and makes sure that `ref` is what it brought.
 * @throws BringError, TransportError
 */
export async function loadImage(
  transfers: Transfers,
  host: RemoteHost,
  { archive, ref, folder }: ImageArchive,
  options: ImageOptions = {},
): Promise<ImageResult> {
  const source = await transfers.source(archive);
  const part = { folder, name: 'image' };
  const reached = await transfers.bring(host.address, source, part, options);
  options.onProgress?.('docker load', null);
  const file = quoteWord(partPath(part, source));
  const inspect = quote(['docker', 'image', 'inspect', '-f', '{{.Id}}', '--', ref]);
  const missing = quote(['echo', `the archive holds no image ${ref}: see what was loaded above`]);
  // an archive that docker refuses, or of another image, is useless there
  const script = `docker load -i ${file}; code=$?; rm -f -- ${file}
[ $code = 0 ] || exit $code
${inspect} >/dev/null || { ${missing} >&2; exit 1; }`;
  return runDocker(reached, script, options);
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
  return runDocker(host, quote(['docker', 'pull', '--', ref]), { ...options, onLine });
}

async function runDocker(host: RemoteHost, script: string, options: ImageOptions): Promise<ImageResult> {
  const output: string[] = [];
  const result = await host.run(script, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onLine: (line) => {
      options.onLine?.(line);
      output.push(line);
      if (output.length > LAST_LINES) output.shift();
    },
  });
  return { code: result.code, output };
}
