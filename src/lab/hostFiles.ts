import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import dockerdScript from '../../templates/lab-dockerd.sh';
import hccnTool from '../../templates/lab-hccn-tool.sh';
import npuSmi from '../../templates/lab-npu-smi.sh';
import runcScript from '../../templates/lab-runc.sh';
import sshdScript from '../../templates/lab-sshd.sh';
import { LAB_MODEL, modelFiles } from './modelFiles.ts';

/** The ordinary user of `templates/lab-tree.sh`, who may become root by sudo. */
const OPERATOR_HOME = '/home/operator';
const OPERATOR_UID = 1000;

export interface HostSpec {
  readonly number: number;
  readonly name: string;
  readonly address: string;
  readonly numDies: number;
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  readonly authorizedKey: string;
  /** Addresses of all hosts by name, for /etc/hosts. */
  readonly neighbours: Readonly<Record<string, string>>;
  /** This machine's root lacks a capability that privileged containers ask for. */
  readonly wrapRunc: boolean;
}

export interface HostFile {
  /** Absolute, on the host. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** What a host has of its own over the base: its identity, its engines' starters, the accelerator driver's side, a model. */
export function hostFiles(spec: HostSpec): readonly HostFile[] {
  return [...identity(spec), ...starters(spec), ...driver(spec), ...model()];
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

export function dieAddress(hostNumber: number, die: number): string {
  return `172.16.${hostNumber}.${die}`;
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

function driver(spec: HostSpec): readonly HostFile[] {
  const dies = Array.from({ length: spec.numDies }, (_, die) => die);
  const addresses = dies.map((die) => `address_${die}=${dieAddress(spec.number, die)}\nnetmask_${die}=255.255.0.0\n`);
  return [
    { path: '/usr/bin/hccn_tool', mode: 0o755, content: hccnTool },
    { path: '/usr/local/bin/npu-smi', mode: 0o755, content: npuSmi },
    { path: '/etc/hccn.conf', mode: 0o644, content: addresses.join('') },
    { path: '/etc/ascend_install.info', mode: 0o644, content: INSTALL_INFO },
    { path: '/usr/local/Ascend/driver/version.info', mode: 0o644, content: 'Version=lab\n' },
    { path: '/usr/local/dcmi/README', mode: 0o644, content: 'Simulated: no device stands behind it.\n' },
  ];
}

const INSTALL_INFO = `UserName=HwHiAiUser
UserGroup=HwHiAiUser
Driver_Install_Type=full
Driver_Install_Path_Param=/usr/local/Ascend
`;

function model(): readonly HostFile[] {
  return modelFiles().map(({ name, content }) => ({ path: `${LAB_MODEL}/${name}`, mode: 0o644, content }));
}
