import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing = sshdMissing();

const servers: FakeSshd[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
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
      hint: 'allow another in KexAlgorithms of its sshd_config (`sshd -T` there shows what is set)',
    });
  });

  test('a MAC that the library does not have is named too', async () => {
    const server = await sshd({ MACs: 'umac-64@openssh.com', Ciphers: 'aes128-ctr' });
    await expect(connect(server.options())).rejects.toMatchObject({
      code: 'handshake',
      message: expect.stringMatching(
        /it offers only umac-64@openssh\.com as MAC, and omniplace's SSH library has none/,
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
