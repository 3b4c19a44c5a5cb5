import { existsSync, readFileSync } from 'node:fs';
import treeScript from '../../templates/lab-tree.sh';
import { sha256 } from '../files/digests.ts';
import { markUsed } from './cache.ts';
import { CACHE } from './labPaths.ts';
import { withLock } from './lock.ts';
import { downloadPackages } from './packages.ts';
import type { Say } from './say.ts';
import { unpackTree } from './tree.ts';

/** What a server of this trade has installed; apt adds what these depend on. */
const HOST_PACKAGES =
  `base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname iproute2 iputils-ping
  libc-bin mawk mount ncurses-base procps sed sudo tar tzdata usr-is-merged util-linux xz-utils openssh-server openssh-client
  openssh-sftp-server rsync python3 tini docker.io containerd runc`.split(/\s+/);

/** The container image's userland, below what is particular to the engine. */
const IMAGE_PACKAGES =
  `base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname libc-bin libstdc++6 mawk
  ncurses-base procps psmisc python3 python3-pip sed tar usr-is-merged util-linux`.split(/\s+/);

/** The hosts' read-only lower layer; built when its inputs have changed, and shared by all labs. */
export function hostTree(say: Say, signal?: AbortSignal): Promise<string> {
  return cachedTree('base', 'the hosts’ base system', HOST_PACKAGES, say, signal);
}

export function imageTree(say: Say, signal?: AbortSignal): Promise<string> {
  return cachedTree('userland', 'the image’s userland', IMAGE_PACKAGES, say, signal);
}

/** Package versions are apt's choice on the day of the build: a cached tree stays until the lists here change. */
async function cachedTree(kind: string, what: string, packages: readonly string[], say: Say, signal?: AbortSignal) {
  const directory = `${CACHE}/${kind}-${treeKey(packages)}`;
  if (!existsSync(directory)) {
    const waiting = () => say(`waiting for another lab that builds ${what}`);
    await withLock(`${directory}.lock`, waiting, () => build(directory, what, packages, say, signal), signal);
  }
  // one just unpacked carries a time out of its packages
  return markUsed(directory);
}

async function build(directory: string, what: string, packages: readonly string[], say: Say, signal?: AbortSignal) {
  if (existsSync(directory)) return;
  say(`downloading the packages of ${what}`);
  const debs = await downloadPackages(packages, say, signal);
  say(`unpacking ${what} (${debs.length} packages)`);
  await unpackTree(debs, directory, signal);
}

function treeKey(packages: readonly string[]): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const inputs = JSON.stringify([packages, treeScript, release, process.arch]);
  return sha256(inputs).slice(0, 16);
}
