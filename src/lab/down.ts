import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hierarchies, removeGroups } from './cgroups.ts';
import { powerOff } from './host.ts';
import { LabError } from './labError.ts';
import { labPaths } from './labPaths.ts';
import { withLock } from './lock.ts';
import { labObstacle } from './machine.ts';
import { claimedNetwork, labNamespaces, releaseNetwork, removeNetwork } from './network.ts';
import { killIdentity, readIdentity } from './processIdentity.ts';
import type { Say } from './say.ts';
import { run } from './shell.ts';

const UNMOUNT_DEADLINE_MS = 5_000;

/** Takes a lab down once no other command works on it; false: there was nothing. */
export async function takeLabDown(name: string, say: Say, signal?: AbortSignal): Promise<boolean> {
  const obstacle = labObstacle();
  if (obstacle !== null) throw obstacle;
  const waiting = () => say(`waiting for another command that works on lab '${name}'`);
  return withLock(labPaths(name).lock, waiting, () => labDown(name), signal);
}

/**
 * Removes all of a lab, whole or half made: what there is, is found by the lab's name (control groups, namespaces, mounts,
 * claim), not by a record. false: there was nothing.
 */
export async function labDown(name: string): Promise<boolean> {
  const paths = labPaths(name);
  const groups = hierarchies();
  const network = claimedNetwork(name);
  const folders = groups.mounts.map(({ directory }) => `${directory}/omniplace-lab/${name}`);
  const isThere = [paths.directory, ...folders].some((folder) => existsSync(folder));
  if (!isThere && network === null && labNamespaces(name).length === 0) return false;
  for (const helper of helpers(paths.run)) {
    const identity = readIdentity(helper);
    if (identity !== null) killIdentity(identity);
  }
  const hosts = hostNames(folders);
  await Promise.all(hosts.map((host) => powerOff(name, { name: host })));
  await removeNetwork(name, network);
  await unmount(paths.hosts);
  removeGroups(groups, name);
  rmSync(paths.directory, { recursive: true, force: true });
  if (network !== null) releaseNetwork(network);
  return true;
}

function hostNames(folders: readonly string[]): readonly string[] {
  const names = folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
  return [...new Set(names)].filter((name) => /^h\d+$/.test(name));
}

/** Records of processes of ours outside the hosts (the packet delayers). */
function helpers(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.helper'))
    .map((file) => `${folder}/${file}`);
}

/** A mount namespace dies a moment after its last process. */
async function unmount(directory: string): Promise<void> {
  const deadline = Date.now() + UNMOUNT_DEADLINE_MS;
  while (isMounted(directory)) {
    const { code, stderr } = await run(['umount', directory], { check: false });
    if (code === 0) continue;
    if (Date.now() > deadline) throw new LabError('lab_process', `can't unmount ${directory}: ${stderr.trim()}`, null);
    await sleep(50);
  }
}

function isMounted(directory: string): boolean {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === directory);
}
