import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Login, SshSettings } from '../../src/deployment/deployment.ts';
import type { ConnectOptions } from '../../src/transport/host.ts';
import { freePort } from './freePort.ts';

const SSHD = '/usr/sbin/sshd';
/** What scripts/test lets tests call (scripts/listed-programs.mjs): hosts find nothing else either. */
const PROGRAMS = process.env.OMNIPLACE_PROGRAMS;

/** Why no real SSH server can run here, or null. */
export function sshdMissing(): string | null {
  if (spawnSync(SSHD, ['-V']).error !== undefined) return `${SSHD} is not installed (apt-get install openssh-server)`;
  if (spawnSync('ssh-keygen', ['-?']).error !== undefined) return 'ssh-keygen is not installed';
  const { username, shell } = userInfo();
  if (/nologin|false/.test(shell ?? '')) return `${username} may not log in (shell ${shell})`;
  return null;
}

/** A real OpenSSH server on a free port of 127.0.0.1, with keys of its own. */
export interface FakeSshd {
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  /** A private key it lets in, the same with a passphrase, and one it does not let in. */
  readonly key: string;
  readonly lockedKey: string;
  readonly passphrase: string;
  readonly strangerKey: string;
  readonly hostKey: string;
  readonly knownHosts: string;
  options(over?: {
    login?: Partial<Login>;
    ssh?: Partial<SshSettings>;
    password?: string;
    passphrase?: string;
  }): ConnectOptions;
  /** The last of what it said. */
  log(): string;
  stop(): void;
}

export async function startSshd(config: Readonly<Record<string, string>> = {}, onPort?: number): Promise<FakeSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-sshd-'));
  const inFolder = (name: string): string => join(folder, name);
  const keygen = (name: string, passphrase = ''): string => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', inFolder(name)]);
    return inFolder(name);
  };
  const port = onPort ?? (await freePort());
  const [hostKey, key, strangerKey] = [keygen('host'), keygen('user'), keygen('stranger')];
  const lockedKey = keygen('locked', 'open sesame');
  writeFileSync(
    inFolder('authorized_keys'),
    readFileSync(`${key}.pub`, 'utf8') + readFileSync(`${lockedKey}.pub`, 'utf8'),
  );
  const knownHosts = inFolder('known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
  const settings = {
    Port: String(port),
    ListenAddress: '127.0.0.1',
    HostKey: hostKey,
    AuthorizedKeysFile: inFolder('authorized_keys'),
    PidFile: 'none',
    StrictModes: 'no',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
    PermitRootLogin: 'yes',
    // not this user's shell settings, which may cost more than any command
    SetEnv: `HOME=${folder}${PROGRAMS === undefined ? '' : ` PATH=${PROGRAMS}`}`,
    ...config,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  writeFileSync(inFolder('sshd_config'), lines.join(''));
  chmodSync(folder, 0o755);
  if (userInfo().uid === 0) spawnSync('mkdir', ['-p', '/run/sshd']);

  const server = spawn(SSHD, ['-D', '-e', '-f', inFolder('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  server.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-4000);
  });
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries > 100 || server.exitCode !== null) throw new Error(`sshd did not start: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return {
    port,
    folder,
    pid: server.pid!,
    key,
    lockedKey,
    passphrase: 'open sesame',
    strangerKey,
    hostKey,
    knownHosts,
    options: (over = {}) => ({
      address: '127.0.0.1',
      login: {
        user: userInfo().username,
        port,
        privateKey: key,
        passphrase: null,
        password: null,
        agent: false,
        jump: null,
        ...over.login,
      },
      ssh: { hostKeys: 'strict', knownHosts, become: null, connectTimeoutMs: 10_000, ...over.ssh },
      password: over.password ?? null,
      passphrase: over.passphrase ?? null,
    }),
    log: () => words,
    stop: () => {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without a greeting of ours: only whether somebody listens. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
    socket.setTimeout(1000, () => resolve(socket.destroy() === undefined));
  });
}
