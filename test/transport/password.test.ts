import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import type { ConnectOptions } from '../../src/transport/host.ts';

let folder: string;
let server: ssh2.Server;
let port: number;
let offered: string[];
/** What the server takes. */
let method: 'password' | 'keyboard-interactive';

// OpenSSH would check the passwords of this machine's users
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-password-'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')]);
  server = new ssh2.Server({ hostKeys: [readFileSync(join(folder, 'host'))] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (attempt) => {
      offered.push(attempt.method);
      const refuse = (): void => attempt.reject([method]);
      if (attempt.method !== method) refuse();
      else if (attempt.method === 'password') attempt.password === 'right' ? attempt.accept() : refuse();
      else if (attempt.method === 'keyboard-interactive') {
        attempt.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
          answer === 'right' ? attempt.accept() : refuse(),
        );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${readFileSync(join(folder, 'host.pub'), 'utf8')}`);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  offered = [];
});

const options = (password: string, knownHosts = join(folder, 'known_hosts')): ConnectOptions => ({
  address: '127.0.0.1',
  login: { user: 'me', port, privateKey: null, passphrase: null, password: null, agent: false, jump: null },
  ssh: { hostKeys: 'strict', knownHosts, become: null, connectTimeoutMs: 5000 },
  password,
  passphrase: null,
});

test('a password logs in, asked for directly or by questions', async () => {
  for (method of ['password', 'keyboard-interactive'] as const) (await connect(options('right'))).end();
  expect(offered).toEqual(['password', 'password', 'keyboard-interactive']);
});

test('a wrong password is told without showing it', async () => {
  method = 'password';
  const error = await connect(options('canary')).catch((caught: Error) => caught);
  expect(error).toMatchObject({
    code: 'auth',
    message: `can't log in to 127.0.0.1 port ${port} as me: the host accepts none of what was tried: password`,
  });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary');
});

test('nothing is offered to a host whose key is not known', async () => {
  method = 'password';
  await expect(connect(options('right', '/nonexistent'))).rejects.toMatchObject({ code: 'host-key-unknown' });
  expect(offered).toEqual([]);
});
