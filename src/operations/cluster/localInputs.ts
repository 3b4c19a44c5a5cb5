import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from '../../deployment/deployment.ts';
import { engineOf } from '../../engines/index.ts';
import type { LocalInputs } from '../../engines/inputs.ts';
import { NOT_CODE } from '../../files/codeTree.ts';
import { type DigestOfFile, digestOfFile, ifMissing } from './fileDigests.ts';

/** For what needs no file of this machine: names, ports and paths. */
export const NO_INPUTS: LocalInputs = { files: {}, bytes: {}, trees: {} };

/** Reads what the pure core needs of this machine's files: what the engine asks for, and the size of the image archive. */
export async function readLocalInputs(
  deployment: Deployment,
  digestOf: DigestOfFile = digestOfFile,
): Promise<LocalInputs> {
  const request = engineOf(deployment.engine).inputs(deployment);
  const archive = deployment.imageArchive;
  const [files, bytes, trees, archiveStat] = await Promise.all([
    byPath(request.files, digestOf),
    readInputBytes(deployment),
    byPath(request.trees, (path) => digestOfTree(path, digestOf)),
    archive === null ? null : stat(archive).catch(ifMissing),
  ]);
  const archiveBytes = archiveStat === null ? {} : { archiveBytes: archiveStat.size };
  return { files, bytes, trees, ...archiveBytes };
}

/** What checks look into: much less to read than everything. */
export function readInputBytes(deployment: Deployment): Promise<LocalInputs['bytes']> {
  const { bytes } = engineOf(deployment.engine).inputs(deployment);
  return byPath(bytes, (path) => readFile(path).catch(ifMissing));
}

async function byPath<T>(paths: readonly string[], read: (path: string) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(
    await Promise.all([...new Set(paths)].map(async (path) => [path, await read(path)] as const)),
  );
}

/** Digest over the paths, modes and contents below `folder`, in path order; null when it does not exist. */
async function digestOfTree(folder: string, digestOf: DigestOfFile): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const line of treeLines(folder, '', digestOf)) hash.update(line);
  } catch (error) {
    return ifMissing(error);
  }
  return hash.digest('hex');
}

async function* treeLines(root: string, below: string, digestOf: DigestOfFile): AsyncGenerator<string> {
  const names = (await readdir(join(root, below))).sort();
  for (const name of names) {
    if (NOT_CODE.includes(name)) continue;
    const path = below === '' ? name : `${below}/${name}`;
    const found = await lstat(join(root, path));
    const mode = (found.mode & 0o777).toString(8);
    if (found.isDirectory()) {
      yield `d ${mode} ${JSON.stringify(path)}\n`;
      yield* treeLines(root, path, digestOf);
    } else if (found.isSymbolicLink()) yield `l ${JSON.stringify([path, await readlink(join(root, path))])}\n`;
    else if (found.isFile()) yield `f ${mode} ${JSON.stringify(path)} ${(await digestOf(join(root, path)))?.sha256}\n`;
  }
}
