import { existsSync, mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { LabError } from './labError.ts';
import { CACHE } from './labPaths.ts';
import { withLock } from './lock.ts';
import type { Say } from './say.ts';
import { run } from './shell.ts';

const DEBS = `${CACHE}/debs`;

/**
 * Downloads packages with all they depend on, as if nothing were installed, and gives the paths of the .debs in an order
 * that unpacks. apt decides the versions, so this works on any Debian release.
 */
export async function downloadPackages(names: readonly string[], say: Say, signal?: AbortSignal) {
  try {
    return await download(names, signal);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    // a fresh machine has no package lists, an old one lists versions that are gone
    say('refreshing the package lists of this machine (apt-get update)');
    await run(['apt-get', 'update', '-qq'], { signal, title: 'apt-get update' });
    return download(names, signal);
  }
}

async function download(names: readonly string[], signal: AbortSignal | undefined): Promise<readonly string[]> {
  mkdirSync(`${DEBS}/partial`, { recursive: true });
  const [files] = await Promise.all([
    resolve(names, signal),
    // two of these at once would write the same files
    withLock(
      `${DEBS}.lock`,
      () => undefined,
      () => apt(['--download-only', 'install', ...names], DEBS, signal),
      signal,
    ),
  ]);
  const paths = files.map((file) => `${DEBS}/${file}`);
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length === 0) return paths;
  throw new LabError('lab_process', `apt did not download ${missing.map((path) => basename(path)).join(', ')}`, null);
}

/** File names of the packages and all they depend on. */
async function resolve(names: readonly string[], signal: AbortSignal | undefined): Promise<readonly string[]> {
  const { stdout } = await apt(['--print-uris', 'install', ...names], `${CACHE}/no-debs`, signal);
  // 'http://…' file_name_amd64.deb 1234 SHA256:…
  return stdout.split('\n').flatMap((line) => /^'\S+' (\S+\.deb) /.exec(line)?.[1] ?? []);
}

async function apt(args: readonly string[], archives: string, signal: AbortSignal | undefined) {
  mkdirSync(`${archives}/partial`, { recursive: true });
  const options = [
    `Dir::State::status=/dev/null`,
    `Dir::State::extended_states=${CACHE}/extended_states`,
    `Dir::Cache::archives=${archives}`,
    // ours alone: no lock of the machine's package system is needed, and no unprivileged download user can write here
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  return run(['apt-get', ...options, '--no-install-recommends', '-y', '-qq', ...args], { signal, title: 'apt-get' });
}
