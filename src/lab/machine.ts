import { existsSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { LabError } from './labError.ts';
import type { Say } from './say.ts';
import { run } from './shell.ts';

/** Programs the lab calls on this machine, and the Debian packages that bring them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  tc: 'iproute2',
  iptables: 'iptables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  'mkfs.ext4': 'e2fsprogs',
  'ssh-keygen': 'openssh-client',
  ldconfig: 'libc-bin',
};

const CAP_SYS_RESOURCE = 24n;

/** Why no lab can run here; null: it can. */
export function labObstacle(): LabError | null {
  if (process.platform !== 'linux') {
    return new LabError('lab_machine', `a lab needs Linux namespaces, and this machine runs ${process.platform}`, null);
  }
  if (process.getuid?.() !== 0) {
    return new LabError('lab_machine', 'a lab needs root, to make namespaces, mounts and addresses', 'run it by sudo');
  }
  if (findProgram('apt-get') === null || findProgram('dpkg-deb') === null) {
    const hint = 'use a Debian or Ubuntu machine (a virtual machine will do)';
    return new LabError(
      'lab_machine',
      'a lab’s hosts are built from Debian packages, and apt is not on this machine',
      hint,
    );
  }
  return null;
}

/** Installs what this machine lacks, said before it is done. */
export async function prepareMachine(say: Say, signal?: AbortSignal): Promise<void> {
  const obstacle = labObstacle();
  if (obstacle !== null) throw obstacle;
  const missing = Object.keys(PROGRAMS).filter((program) => findProgram(program) === null);
  const packages = [...new Set(missing.map((program) => PROGRAMS[program]!))];
  if (packages.length === 0) return;
  say(`installing ${packages.join(', ')} on this machine (apt-get install): ${missing.join(', ')} not found`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  const { code } = await run(install, { signal, env, check: false });
  if (code === 0) return;
  await run(['apt-get', 'update', '-qq'], { signal, title: 'apt-get update' });
  await run(install, { signal, env, title: `apt-get install ${packages.join(' ')}` });
}

/** Some virtual machines' root lacks a capability that dockerd asks for in privileged containers. */
export function lacksSysResource(): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n) === 0n;
}

function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
}
