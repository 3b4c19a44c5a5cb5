import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import dockerdScript from '../../templates/lab-dockerd.sh';
import runcScript from '../../templates/lab-runc.sh';
import sshdScript from '../../templates/lab-sshd.sh';
import { driverFiles } from './drivers.ts';
import type { HostFile, HostSpec } from './hostSpec.ts';
import { LAB_MODEL, modelFiles } from './modelFiles.ts';

/** The ordinary user of `templates/lab-tree.sh`, who may become root by sudo. */
const OPERATOR_HOME = '/home/operator';
const OPERATOR_UID = 1000;

/** What a host has of its own over the base: its identity, its engines' starters, the accelerator driver's side, a model. */
export function hostFiles(spec: HostSpec): readonly HostFile[] {
  return [...identity(spec), ...starters(spec), ...driverFiles(spec), ...model()];
}

export function writeHostFiles(upper: string, files: readonly HostFile[]): void {
  for (const file of files) {
    const path = `${upper}${file.path}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.content);
    chmodSync(path, file.mode);
  }
  // the folders' own modes count too: sshd refuses keys in a folder others may write to
  chmodSync(upper, 0o755);
  for (const home of ['/root', OPERATOR_HOME]) {
    for (const folder of [home, `${home}/.ssh`]) chmodSync(`${upper}${folder}`, 0o700);
  }
  for (const path of ['', '/.ssh', '/.ssh/authorized_keys']) {
    chownSync(`${upper}${OPERATOR_HOME}${path}`, OPERATOR_UID, OPERATOR_UID);
  }
}

function identity(spec: HostSpec): readonly HostFile[] {
  const { name, address, hostKey, neighbours } = spec;
  const hosts = Object.entries(neighbours).map(([host, ip]) => `${ip} ${host}\n`);
  return [
    { path: '/etc/hostname', mode: 0o644, content: `${name}\n` },
    { path: '/etc/hosts', mode: 0o644, content: `127.0.0.1 localhost\n${hosts.join('')}` },
    { path: '/etc/ssh/ssh_host_ed25519_key', mode: 0o600, content: hostKey.privateKey },
    { path: '/etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644, content: hostKey.publicKey },
    { path: '/etc/ssh/sshd_config', mode: 0o644, content: sshdConfig(address) },
    ...['/root', OPERATOR_HOME].map((home) => ({
      path: `${home}/.ssh/authorized_keys`,
      mode: 0o600,
      content: spec.authorizedKey,
    })),
  ];
}

/** A Debian server's settings, but without PAM, whose files only maintainer scripts would have written. */
function sshdConfig(address: string): string {
  return `Port 22
ListenAddress ${address}
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
KbdInteractiveAuthentication no
UsePAM no
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;
}

function starters(spec: HostSpec): readonly HostFile[] {
  const wrapper = { path: '/usr/local/sbin/runc', mode: 0o755, content: runcScript };
  return [
    { path: '/usr/local/lib/lab/start-sshd', mode: 0o755, content: sshdScript },
    { path: '/usr/local/lib/lab/start-dockerd', mode: 0o755, content: dockerdScript },
    ...(spec.wrapRunc ? [wrapper] : []),
  ];
}

function model(): readonly HostFile[] {
  return modelFiles().map(({ name, content }) => ({ path: `${LAB_MODEL}/${name}`, mode: 0o644, content }));
}
