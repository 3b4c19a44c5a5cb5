import { chmodSync, cpSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { sha256 } from '../../files/digests.ts';
import { imageTree } from '../base.ts';
import type { Say } from '../say.ts';
import { run } from '../shell.ts';
import { cachedLayer, type Layer } from './layer.ts';

/** A file of the image over the Debian userland. */
export interface ImageFile {
  /** Absolute, in the image. */
  readonly path: string;
  readonly mode: number;
  readonly content: string | Uint8Array;
  /** The link's target: a symbolic link, `content` and `mode` unused. */
  readonly symlink?: string;
}

/** What makes an image of the userland. */
export interface ImageSource {
  readonly ref: string;
  readonly files: readonly ImageFile[];
  readonly entrypoint: readonly string[] | null;
  readonly workdir: string;
}

export interface Image {
  readonly ref: string;
  /** sha256 (hex) of `config`. */
  readonly id: string;
  /** The image's configuration, as docker stores it. */
  readonly config: string;
  /** Lowest first. */
  readonly layers: readonly Layer[];
}

/**
 * The lab's container image, without a registry or a dockerd: a Debian userland with python3, pip and this process's own
 * node, and over it the source's files. Two layers, so that another engine doesn't unpack a hundred packages again.
 */
export async function labImage(source: ImageSource, say: Say, signal?: AbortSignal): Promise<Image> {
  const tree = await imageTree(say, signal);
  const layers = [await userland(tree, say, signal), await contents(source, say, signal)];
  const config = imageConfig(source, layers);
  return { ref: source.ref, id: sha256(config), config, layers };
}

/** `sha256:…` of each layer together with those below it, lowest first: docker's chain ids. */
export function chainIds(layers: readonly Layer[]): readonly string[] {
  const chain: string[] = [];
  for (const { diffId } of layers) {
    const below = chain.at(-1);
    const id = below === undefined ? diffId : sha256(`sha256:${below} sha256:${diffId}`);
    chain.push(id);
  }
  return chain;
}

async function userland(tree: string, say: Say, signal: AbortSignal | undefined): Promise<Layer> {
  const node = statSync(process.execPath);
  const key = digest([basename(tree), process.version, node.size, node.mtimeMs]);
  const fill = async (diff: string) => {
    say('making the image’s base layer');
    // hard links: the tree is in the same file system, and nobody writes to either
    await run(['cp', '-al', tree, diff], { signal });
    await addNode(diff);
  };
  return cachedLayer(key, fill, () => say('waiting for another lab that makes the image’s base layer'), signal);
}

async function addNode(diff: string): Promise<void> {
  cpSync(process.execPath, `${diff}/usr/local/bin/node`);
  const { stdout } = await run(['ldd', process.execPath]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
  for (const library of libraries.filter((path) => !existsSync(`${diff}${path}`))) {
    mkdirSync(dirname(`${diff}${library}`), { recursive: true });
    cpSync(library, `${diff}${library}`, { dereference: true });
  }
}

async function contents({ files, workdir }: ImageSource, say: Say, signal: AbortSignal | undefined): Promise<Layer> {
  const key = digest(files.map(({ path, mode, content, symlink }) => [path, mode, sha256(content), symlink ?? null]));
  const fill = async (diff: string) => {
    mkdirSync(`${diff}${workdir}`, { recursive: true });
    for (const file of files) writeImageFile(diff, file);
  };
  return cachedLayer(key, fill, () => say('waiting for another lab that makes the image’s layer'), signal);
}

function writeImageFile(diff: string, file: ImageFile): void {
  const path = `${diff}${file.path}`;
  mkdirSync(dirname(path), { recursive: true });
  if (file.symlink !== undefined) {
    symlinkSync(file.symlink, path);
    return;
  }
  writeFileSync(path, file.content);
  chmodSync(path, file.mode);
}

function imageConfig({ entrypoint, workdir }: ImageSource, layers: readonly Layer[]): string {
  const created = '2026-01-01T00:00:00Z';
  return JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created,
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
      ...(entrypoint === null ? { Cmd: ['bash'] } : { Entrypoint: entrypoint }),
      WorkingDir: workdir,
    },
    history: layers.map(() => ({ created, comment: 'omniplace lab' })),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => `sha256:${diffId}`) },
  });
}

function digest(inputs: unknown): string {
  return sha256(JSON.stringify(inputs)).slice(0, 16);
}
