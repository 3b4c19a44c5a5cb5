import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import type { ConnectOptions } from '../../src/transport/host.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing = sshdMissing();

const servers: FakeSshd[] = [];
const others: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
  for (const server of others.splice(0)) server.close();
});

async function sshd(config: Readonly<Record<string, string>>): Promise<FakeSshd> {
  const server = await startSshd(config);
  servers.push(server);
  return server;
}

describe('a host that offers only', unless(missing), () => {
  test.each([
    ['Ciphers', 'chacha20-poly1305@openssh.com'],
    ['Ciphers', 'aes256-ctr'],
    ['Ciphers', 'aes128-cbc'],
    ['KexAlgorithms', 'diffie-hellman-group14-sha1'],
    ['MACs', 'hmac-md5'],
  ])('%s %s lets us in', async (key, name) => {
    const more = key === 'MACs' ? { Ciphers: 'aes128-ctr' } : {};
    const wire = await connect((await sshd({ [key]: name, ...more })).options());
    expect(wire.lostBecause()).toBeNull();
    wire.end();
  });

  test('a key exchange that the library does not have is named, with what to change', async () => {
    const server = await sshd({ KexAlgorithms: 'sntrup761x25519-sha512@openssh.com' });
    const { user } = server.options().login;
    await expect(connect(server.options())).rejects.toMatchObject({
      code: 'handshake',
      message:
        `can't agree with the SSH server of 127.0.0.1 port ${server.port} as ${user}: it offers only ` +
        `sntrup761x25519-sha512@openssh.com as key exchange, and omniplace's SSH library has none of them`,
      hint: expect.stringMatching(
        /^allow another in KexAlgorithms of its sshd_config \(`sshd -T` there shows what is set\); omniplace has curve25519-sha256@libssh\.org, curve25519-sha256, ecdh-sha2-nistp256, .*diffie-hellman-group1-sha1$/,
      ),
    });
  });

  test('a MAC that the library does not have is named too', async () => {
    const server = await sshd({ MACs: 'umac-64@openssh.com', Ciphers: 'aes128-ctr' });
    await expect(connect(server.options())).rejects.toMatchObject({
      code: 'handshake',
      message: expect.stringMatching(
        /it offers only umac-64@openssh\.com as MAC, and omniplace's SSH library has none/,
      ),
      hint: expect.stringMatching(/^allow another in MACs of .*; omniplace has hmac-sha2-256-etm@openssh\.com, /),
    });
  });

  test('certificates as host keys has an error that calls them certificates', async () => {
    const server = await sshd({});
    execFileSync('ssh-keygen', ['-q', '-s', server.strangerKey, '-h', '-I', 'h', `${server.hostKey}.pub`]);
    const only = 'ssh-ed25519-cert-v01@openssh.com';
    const certified = await sshd({
      HostKey: server.hostKey,
      HostCertificate: `${server.hostKey}-cert.pub`,
      HostKeyAlgorithms: only,
    });
    await expect(connect(certified.options())).rejects.toMatchObject({
      code: 'handshake',
      message: expect.stringContaining(
        `it shows only certificates as host key (${only}), which omniplace can't check (docs/keys.md)`,
      ),
    });
  });
});

describe('certificates are not used, and', unless(missing), () => {
  test('the message about an unknown host names the line of the authority', async () => {
    const server = await sshd({});
    writeFileSync(
      server.knownHosts,
      `# first\n@cert-authority [127.0.0.*]:${server.port} ${readFileSync(`${server.hostKey}.pub`)}`,
    );
    await expect(connect(server.options())).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining(
        `; ${server.knownHosts}:2 names an authority for its certificate, which omniplace can't check (docs/keys.md)`,
      ),
    });
  });

  test('the message about a refused login names the certificate next to the key', async () => {
    const server = await sshd({});
    const sign = ['-q', '-s', server.hostKey, '-I', 'ops', '-n', 'root', `${server.strangerKey}.pub`];
    execFileSync('ssh-keygen', sign);
    const certificate = join(server.folder, 'stranger-cert.pub');
    expect(existsSync(certificate)).toBe(true);
    await expect(connect(server.options({ login: { privateKey: server.strangerKey } }))).rejects.toMatchObject({
      code: 'auth',
      message: expect.stringContaining(
        `key ${server.strangerKey}; the certificate ${certificate} was not, since omniplace can't use certificates`,
      ),
    });
  });
});

describe('a host that refuses the login', unless(missing), () => {
  test('is quoted with its banner', async () => {
    const server = await sshd({});
    const banner = join(server.folder, 'banner');
    writeFileSync(banner, '*****\nMaintenance until 18:00.\n');
    const withBanner = await sshd({ Banner: banner });
    const key = withBanner.strangerKey;
    await expect(connect(withBanner.options({ login: { privateKey: key } }))).rejects.toMatchObject({
      code: 'auth',
      message: expect.stringMatching(/stranger; the host printed "\*{5} Maintenance until 18:00\."$/),
    });
  });
});

describe('what answers on the port', () => {
  async function answering(words: string, connectTimeoutMs = 5000): Promise<{ options: ConnectOptions; port: number }> {
    const server = createServer((socket) => socket.on('error', () => {}).end(words)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    others.push(server);
    const { port } = server.address() as AddressInfo;
    const login = { user: 'me', port, privateKey: null, passphrase: null, password: null, agent: false, jump: null };
    const ssh = { hostKeys: 'strict', knownHosts: '/nonexistent', become: null, connectTimeoutMs } as const;
    return { options: { address: '127.0.0.1', login, ssh, password: 'x', passphrase: null }, port };
  }

  test.each([
    ['HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', '"HTTP/1.1 400 Bad Request"'],
    ['220 mail ESMTP\r\n', '"220 mail ESMTP"'],
    ['\u0015\u0003\u0001\u0000\u0002', 'bytes that are not text'],
  ])('%j is not an SSH server, which is found at the first answer', async (words, quoted) => {
    const { options, port } = await answering(words);
    await expect(connect(options)).rejects.toMatchObject({
      code: 'handshake',
      message: `can't log in to 127.0.0.1 port ${port} as me: it is not an SSH server: it answered ${quoted}`,
      hint: `set ssh_port of this host to the port of its SSH server; ${port} is another program's`,
    });
  });

  test('and speaks only SSH 1 is named with its version', async () => {
    const { options, port } = await answering('SSH-1.5-Cisco-1.25\n');
    await expect(connect(options)).rejects.toMatchObject({
      code: 'handshake',
      message: `can't agree with the SSH server of 127.0.0.1 port ${port} as me: it speaks SSH 1.5 only ("SSH-1.5-Cisco-1.25"), and omniplace SSH 2`,
    });
  });

  test('and breaks the protocol is not called unreachable', async () => {
    const { options } = await answering('SSH-2.0\r\n');
    await expect(connect(options)).rejects.toMatchObject({
      code: 'handshake',
      message: expect.stringMatching(/^can't agree with .* as me: Invalid identification string$/),
    });
  });

  test('and is too busy is asked again, and quoted in the end', async () => {
    const { options } = await answering('Exceeded MaxStartups\r\n', 600);
    await expect(connect(options)).rejects.toMatchObject({
      code: 'handshake',
      message: expect.stringMatching(/as me: it refused \d+ connections: "Exceeded MaxStartups"$/),
      hint: 'wait, or raise MaxStartups or PerSourcePenalties in its sshd_config',
    });
  });
});

describe('a key in PKCS#8', unless(missing), () => {
  test('logs in', async () => {
    const server = await sshd({});
    const key = join(server.folder, 'pkcs8');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    appendFileSync(join(server.folder, 'authorized_keys'), execFileSync('ssh-keygen', ['-y', '-f', key]));
    const wire = await connect(server.options({ login: { privateKey: key } }));
    expect(wire.lostBecause()).toBeNull();
    wire.end();
  });
});
