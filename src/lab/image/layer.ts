import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parseJson } from '../../files/parseJson.ts';
import { markUsed } from '../cache.ts';
import { LayerFileShape } from '../lab.gen.ts';
import { LabError } from '../labError.ts';
import { CACHE } from '../labPaths.ts';
import { withLock } from '../lock.ts';
import { TarSplit } from './tarSplit.ts';

/** One layer of the image, unpacked and recorded, in the cache. */
export interface Layer {
  /** Unpacked files. */
  readonly diff: string;
  /** sha256 (hex) of the layer's tar. */
  readonly diffId: string;
  readonly sizeBytes: number;
  /** Path of docker's `tar-split.json.gz`. */
  readonly tarSplit: string;
}

/** The layer under `key`; `fill` writes its files into an empty folder when it isn't cached yet. */
export async function cachedLayer(
  key: string,
  fill: (diff: string) => Promise<void>,
  waiting: () => void,
  signal?: AbortSignal,
): Promise<Layer> {
  const directory = `${CACHE}/layer-${key}`;
  if (!existsSync(directory)) {
    await withLock(`${directory}.lock`, waiting, () => makeLayer(directory, fill, signal), signal);
  }
  markUsed(directory);
  const record = parseJson(readFileSync(`${directory}/layer.json`, 'utf8'), LayerFileShape);
  return { ...record, diff: `${directory}/diff`, tarSplit: `${directory}/tar-split.json.gz` };
}

/** The same bytes for the same files, whenever they were unpacked: names sorted, times fixed. */
export function layerTar(diff: string): readonly string[] {
  return ['tar', '--format=gnu', '--sort=name', '--mtime=@1767225600', '--numeric-owner', '-C', diff, '-cf', '-', '.'];
}

async function makeLayer(directory: string, fill: (diff: string) => Promise<void>, signal?: AbortSignal) {
  if (existsSync(directory)) return;
  const partial = `${directory}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    await fill(`${partial}/diff`);
    const { diffId, sizeBytes, tarSplit } = await record(`${partial}/diff`, signal);
    writeFileSync(`${partial}/tar-split.json.gz`, gzipSync(tarSplit));
    writeFileSync(`${partial}/layer.json`, JSON.stringify({ diffId, sizeBytes }));
    renameSync(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function record(diff: string, signal: AbortSignal | undefined) {
  const [program, ...args] = layerTar(diff);
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // an abort rejects `ended` while the stream below is still being read
  ended.catch(() => undefined);
  const split = new TarSplit();
  for await (const chunk of child.stdout) split.write(chunk as Buffer);
  const code = await ended;
  if (code !== 0) throw new LabError('lab_process', `tar of the image's layer failed with exit code ${code}`, null);
  return split.end();
}
