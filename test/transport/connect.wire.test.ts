import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { fingerprint } from '../../src/transport/errors.ts';
import type { ConnectOptions } from '../../src/transport/host.ts';
import { createPool } from '../../src/transport/pool.ts';
import { freePort } from '../fakes/freePort.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing = sshdMissing();

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function sshd(config?: Readonly<Record<string, string>>): Promise<FakeSshd> {
  const server = await startSshd(config);
  cleanups.push(() => server.stop());
  return server;
}

async function logIn(options: ConnectOptions): Promise<string> {
  const wire = await connect(options);
  const process = await wire.exec('echo in');
  let said = '';
  process.stdout.on('data', (chunk) => {
    said += chunk;
  });
  process.stderr.resume();
  await process.ended;
  wire.end();
  return said;
}

function publicKey(file: string): Buffer {
  return Buffer.from(readFileSync(`${file}.pub`, 'utf8').split(' ')[1]!, 'base64');
}

describe('logging in', unless(missing), () => {
  test('works with a key', async () => {
    expect(await logIn((await sshd()).options())).toBe('in\n');
  });

  test('works with a key behind a passphrase, and says when it is missing', async () => {
    const server = await sshd();
    const login = { privateKey: server.lockedKey };
    expect(await logIn(server.options({ login, passphrase: server.passphrase }))).toBe('in\n');
    await expect(connect(server.options({ login }))).rejects.toMatchObject({
      code: 'auth',
      message: expect.stringMatching(
        /^can't log in to 127\.0\.0\.1 port \d+ as .*: private key .*locked has a passphrase \(Encrypted/,
      ),
      hint: 'set passphrase of this host',
    });
  });

  test('works with an agent, and says when none runs', async () => {
    const server = await sshd();
    const socket = join(server.folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    cleanups.push(() => agent.kill());
    await expect.poll(() => ssh('ssh-add', [server.key], { SSH_AUTH_SOCK: socket })).toBe(true);
    cleanups.push(() => vi.unstubAllEnvs());
    vi.stubEnv('SSH_AUTH_SOCK', socket);
    const login = { privateKey: null, agent: true };
    expect(await logIn(server.options({ login }))).toBe('in\n');
    vi.stubEnv('SSH_AUTH_SOCK', undefined);
    await expect(connect(server.options({ login }))).rejects.toMatchObject({
      code: 'auth',
      message: expect.stringMatching(/no SSH agent runs here$/),
    });
  });

  test('names what was tried when the host accepts none of it', async () => {
    const server = await sshd({ MaxAuthTries: '6' });
    const options = server.options({ login: { privateKey: server.strangerKey } });
    await expect(connect(options)).rejects.toMatchObject({
      code: 'auth',
      host: '127.0.0.1',
      message: `can't log in to 127.0.0.1 port ${server.port} as ${options.login.user}: the host accepts none of what was tried: key ${server.strangerKey}`,
    });
  });

  test('names a key file that is not there', async () => {
    const server = await sshd();
    await expect(connect(server.options({ login: { privateKey: '/no/such/key' } }))).rejects.toMatchObject({
      code: 'auth',
      message: expect.stringMatching(/private key \/no\/such\/key is not there$/),
    });
  });

  test('goes through a jump host, whose key and whose target’s key are both verified', async () => {
    const [target, jump] = [await sshd(), await sshd()];
    appendFileSync(target.knownHosts, readFileSync(jump.knownHosts));
    appendFileSync(join(jump.folder, 'authorized_keys'), readFileSync(`${target.key}.pub`));
    const login = { jump: `127.0.0.1:${jump.port}` };
    const pool = createPool(() => target.options({ login }));
    cleanups.push(() => pool.closeAll());
    const host = await pool.open('127.0.0.1');
    expect((await host.run('echo "$SSH_CONNECTION"')).stdout).toMatch(new RegExp(` ${target.port}\n$`));

    writeFileSync(target.knownHosts, readFileSync(jump.knownHosts));
    const strict = createPool(() => target.options({ login }));
    cleanups.push(() => strict.closeAll());
    await expect(strict.open('127.0.0.1')).rejects.toMatchObject({ code: 'host-key-unknown' });
  });
});

describe('the host’s key', unless(missing), () => {
  test('must be known, before anything secret is sent', async () => {
    const server = await sshd();
    writeFileSync(server.knownHosts, '');
    await expect(connect(server.options({ password: 'canary' }))).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: `127.0.0.1 port ${server.port} as ${server.options().login.user} is not in ${server.knownHosts}; it shows the ssh-ed25519 key ${fingerprint(publicKey(server.hostKey))}`,
      hint: expect.stringContaining(`ssh-keyscan -p ${server.port} 127.0.0.1 >> ${server.knownHosts}`),
    });
    expect(server.log()).not.toMatch(/Accepted|Failed/);
    expect(readFileSync(server.knownHosts, 'utf8')).toBe('');
  });

  test('is written down with accept-new, once, and then holds', async () => {
    const server = await sshd();
    writeFileSync(server.knownHosts, '# mine, without a newline');
    const options = server.options({ ssh: { hostKeys: 'accept-new' } });
    await logIn(options);
    await logIn(options);
    const line = `[127.0.0.1]:${server.port} ssh-ed25519 ${publicKey(server.hostKey).toString('base64')}\n`;
    expect(readFileSync(server.knownHosts, 'utf8')).toBe(`# mine, without a newline\n${line}`);
    expect(await logIn(server.options())).toBe('in\n');
  });

  test.each(['strict', 'accept-new'] as const)(
    'that changed is refused, naming the line, with %s',
    async (hostKeys) => {
      const server = await sshd();
      const other = readFileSync(`${server.strangerKey}.pub`, 'utf8');
      writeFileSync(server.knownHosts, `# first\n[127.0.0.1]:${server.port} ${other}`);
      await expect(connect(server.options({ ssh: { hostKeys } }))).rejects.toMatchObject({
        code: 'host-key-changed',
        message: `127.0.0.1 port ${server.port} as ${server.options().login.user} shows another key than the one known: ssh-ed25519 ${fingerprint(publicKey(server.hostKey))}, but ${server.knownHosts}:2 says otherwise`,
      });
    },
  );

  test('that is revoked is refused, though it is known too', async () => {
    const server = await sshd();
    appendFileSync(server.knownHosts, `@revoked * ${readFileSync(`${server.hostKey}.pub`, 'utf8')}`);
    await expect(connect(server.options())).rejects.toMatchObject({
      code: 'host-key-revoked',
      message: expect.stringContaining(`revoked by ${server.knownHosts}:2`),
    });
  });

  test('is asked for in the type that is known, when the host has several', async () => {
    const server = await sshd();
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', join(server.folder, 'rsa')]);
    const both = await sshd({ HostKey: `${server.hostKey}\nHostKey ${join(server.folder, 'rsa')}` });
    writeFileSync(both.knownHosts, `[127.0.0.1]:${both.port} ${readFileSync(join(server.folder, 'rsa.pub'), 'utf8')}`);
    expect(await logIn(both.options())).toBe('in\n');
  });
});

describe('a server with narrow limits', unless(missing), () => {
  test('of 2 sessions still runs 12 scripts at once', async () => {
    const server = await sshd({ MaxSessions: '2' });
    const pool = createPool(() => server.options());
    cleanups.push(() => pool.closeAll());
    const host = await pool.open('127.0.0.1');
    const results = await Promise.all(Array.from({ length: 12 }, (_, i) => host.run(`sleep 0.1; echo ${i}`)));
    expect(results.map((result) => result.stdout)).toEqual(Array.from({ length: 12 }, (_, i) => `${i}\n`));
  });

  test('that drops all but 2 unfinished logins lets 12 in', async () => {
    const server = await sshd({ MaxStartups: '2:100:2' });
    const said = await Promise.all(Array.from({ length: 12 }, () => logIn(server.options())));
    expect(said).toEqual(Array.from({ length: 12 }, () => 'in\n'));
  });
});

describe('a host that is not there', () => {
  const options = (port: number, connectTimeoutMs: number): ConnectOptions => ({
    address: '127.0.0.1',
    login: { user: 'me', port, privateKey: null, passphrase: null, password: null, agent: false, jump: null },
    ssh: { hostKeys: 'strict', knownHosts: '/nonexistent', become: null, connectTimeoutMs },
    password: 'x',
    passphrase: null,
  });

  async function listening(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  function silent(): Server {
    return createServer((socket) => {
      cleanups.push(() => socket.destroy());
      socket.on('error', () => {});
    });
  }

  test('is told at once from one that does not answer', async () => {
    const port = await freePort();
    await expect(connect(options(port, 5000))).rejects.toMatchObject({
      code: 'unreachable',
      host: '127.0.0.1',
      message: `can't reach 127.0.0.1 port ${port} as me: connection refused, no SSH server listens there`,
      hint: `is the machine up and its SSH server on port ${port}? try: ssh -p ${port} me@127.0.0.1`,
    });
  });

  test('is given up after the connect timeout when it takes the connection and says nothing', async () => {
    const port = await listening(silent());
    const begun = performance.now();
    await expect(connect(options(port, 700))).rejects.toMatchObject({
      code: 'unreachable',
      message: `can't reach 127.0.0.1 port ${port} as me: connected, but the SSH server said nothing for 0.7 s`,
    });
    // what would come next is the system's own patience, of minutes
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  test('is given up when it closes every connection without a greeting', async () => {
    const port = await listening(createServer((socket) => socket.on('error', () => {}).destroy()));
    await expect(connect(options(port, 3000))).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(
        /it closed the connection without a greeting, \d+ times \(is MaxStartups too low\?\)$/,
      ),
    });
  });

  test('is not waited for when the run is interrupted', async () => {
    const port = await listening(silent());
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(connect({ ...options(port, 20_000), signal: controller.signal })).rejects.toMatchObject({
      code: 'interrupted',
      message: 'interrupted before 127.0.0.1 was reached',
    });
  });

  // without root sshd has no second process to freeze
  test(
    'although it was a moment ago: a frozen host is lost within 15 s',
    unless(missing ?? (process.getuid?.() === 0 ? null : 'needs root')),
    async () => {
      const server = await sshd();
      const pool = createPool(() => server.options());
      cleanups.push(() => pool.closeAll());
      const host = await pool.open('127.0.0.1');
      const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .map(Number);
      const send = (signal: NodeJS.Signals): void => {
        for (const pid of children) process.kill(pid, signal);
      };
      const begun = performance.now();
      const going = host.run('echo ready; sleep 60', {
        onLine: () => send('SIGSTOP'),
      });
      await expect(going).rejects.toMatchObject({
        code: 'lost',
        message: expect.stringMatching(/^lost the connection to 127\.0\.0\.1 port \d+ as .*: it stopped answering/),
      });
      // 15 s, and as much for a machine that is busy: without keepalive it would be 60
      expect(performance.now() - begun).toBeLessThan(30_000);
      send('SIGCONT');
      // and the pool connects anew
      expect((await (await pool.open('127.0.0.1')).run('echo again')).stdout).toBe('again\n');
    },
  );
});

function ssh(program: string, args: readonly string[], env: Readonly<Record<string, string>>): boolean {
  try {
    execFileSync(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
