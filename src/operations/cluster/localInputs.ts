import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from '../../deployment/deployment.ts';
import type { LocalInputs } from '../../engines/engine.ts';
import { type DigestOfFile, digestOfFile, ifMissing } from './fileDigests.ts';

/** For what needs no file of this machine: names, ports and paths. */
export const NO_INPUTS: LocalInputs = { files: {}, patterns: {}, codeDigest: null };

/** Reads what the pure core needs of this machine's files: digests of what will be pushed, bytes of patterns. */
export async function readLocalInputs(
  deployment: Deployment,
  digestOf: DigestOfFile = digestOfFile,
): Promise<LocalInputs> {
  const patternPaths = patternPathsOf(deployment);
  const archive = deployment.imageArchive;
  const [files, patterns, codeDigest, archiveStat] = await Promise.all([
    byPath([...patternPaths, ...deployment.wheels], digestOf),
    readPatterns(deployment),
    deployment.codePath === null ? null : digestOfTree(join(deployment.codePath, 'omniinfer'), digestOf),
    archive === null ? null : stat(archive).catch(ifMissing),
  ]);
  const archiveBytes = archiveStat === null ? {} : { archiveBytes: archiveStat.size };
  return { files, patterns, codeDigest, ...archiveBytes };
}

/** Bytes of the patterns a deployment names: enough for checks, and much less to read than everything. */
export function readPatterns(deployment: Deployment): Promise<LocalInputs['patterns']> {
  return byPath(patternPathsOf(deployment), (path) => readFile(path).catch(ifMissing));
}

function patternPathsOf(deployment: Deployment): string[] {
  const groups = [...deployment.prefill, ...deployment.decode, ...deployment.mixed];
  const settings = groups.flatMap((group) => [group.settings, ...group.hosts.map((host) => host.settings)]);
  return settings.flatMap(({ placement }) => placement.patternPath ?? []);
}

async function byPath<T>(paths: readonly string[], read: (path: string) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(
    await Promise.all([...new Set(paths)].map(async (path) => [path, await read(path)] as const)),
  );
}

/** What sync leaves out changes no digest either. */
const NOT_SYNCED = new Set(['.git', '__pycache__']);

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
    if (NOT_SYNCED.has(name)) continue;
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
