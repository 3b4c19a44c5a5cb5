import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import hostScript from './host.sh';

export interface BenchHost {
  readonly name: string;
  readonly address: string;
  /** Its files, as this process may read and remove them. */
  readonly home: string;
}

export interface Hosts {
  readonly all: readonly BenchHost[];
  /** Private key that every host lets in, and known_hosts with all their keys. */
  readonly key: string;
  readonly knownHosts: string;
  /** CPU seconds of all sshds and of what they started and has ended. */
  cpuSeconds(): number;
  down(): void;
}

const UP_DEADLINE_MS = 60_000;

/** Starts `count` hosts of one sshd each, on a disk and in a network of their own; they end with this process. */
export async function hostsUp(folder: string, count: number): Promise<Hosts> {
  const disk = mountDisk(folder);
  const key = join(folder, 'id_ed25519');
  if (!existsSync(key)) keygen(key);
  const all = Array.from({ length: count }, (_, i) => ({
    name: `h${i + 1}`,
    // 198.18.0.0/15 is set aside for benchmarks
    address: `198.18.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`,
    home: join(disk, `h${i + 1}`, 'home'),
  }));
  layBridge();
  const started = all.map((host) => start(host, join(disk, host.name), key));
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, all.map((host) => `${host.address} ${publicKey(join(disk, host.name))}`).join(''));
  for (const host of all) await until(() => existsSync(join(disk, host.name, 'apart')), `${host.name} did not start`);
  ip(
    started.flatMap(({ pid }, i) => [
      `link add v${i + 1} type veth peer name eth0 netns ${pid}`,
      `link set v${i + 1} master br0 up`,
    ]),
  );
  for (const host of all) await until(() => answers(host.address), `the sshd of ${host.name} does not answer`);
  return {
    all,
    key,
    knownHosts,
    cpuSeconds: () => started.reduce((sum, { pid }) => sum + sshdCpuSeconds(pid!), 0),
    down: () => {
      for (const child of started) child.kill('SIGKILL');
      ip(['link del br0']);
    },
  };
}

/** Takes blocks as they are written; an overlay's upper folder can't stand in the file system below it. */
function mountDisk(folder: string): string {
  const [image, disk] = [join(folder, 'disk.img'), join(folder, 'disk')];
  if (existsSync(disk)) return disk;
  mkdirSync(disk);
  execFileSync('truncate', ['-s', '40G', image]);
  execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=1,lazy_journal_init=1', '-m', '0', image]);
  execFileSync('mount', ['-o', 'loop,discard', image, disk]);
  return disk;
}

function layBridge(): void {
  ip(['link set lo up', 'link add br0 type bridge', 'addr add 198.18.0.1/15 dev br0', 'link set br0 up']);
}

function start(host: BenchHost, disk: string, key: string): ChildProcess {
  const ssh = join(disk, 'ssh');
  mkdirSync(ssh, { recursive: true });
  if (!existsSync(join(ssh, 'host'))) keygen(join(ssh, 'host'));
  writeFileSync(join(ssh, 'authorized_keys'), readFileSync(`${key}.pub`));
  writeFileSync(join(ssh, 'sshd_config'), sshdConfig(host.address));
  const apart = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child'];
  return spawn('unshare', [...apart, 'sh', '-euc', hostScript], {
    env: { PATH: process.env.PATH, DISK: disk, NAME: host.name, ADDRESS: `${host.address}/15` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** A Debian server's settings. */
function sshdConfig(address: string): string {
  const folder = '/etc/omniplace-bench';
  return `Port 22
ListenAddress ${address}
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/authorized_keys
PermitRootLogin prohibit-password
KbdInteractiveAuthentication no
UsePAM yes
PrintMotd no
StrictModes no
PidFile none
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;
}

function publicKey(disk: string): string {
  return readFileSync(join(disk, 'ssh', 'host.pub'), 'utf8');
}

function keygen(path: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
}

function ip(lines: readonly string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** @param pid of the `unshare` whose only child is the sshd */
function sshdCpuSeconds(pid: number): number {
  const [sshd = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  const stat = readFileSync(`/proc/${sshd}/stat`, 'utf8');
  // utime, stime and those of its ended children, in hundredths
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return words.slice(11, 15).reduce((sum, word) => sum + Number(word), 0) / 100;
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(22, address);
    const done = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.setTimeout(1000, () => done(false));
  });
}

async function until(is: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  for (const deadline = Date.now() + UP_DEADLINE_MS; !(await is()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(otherwise);
  }
}
