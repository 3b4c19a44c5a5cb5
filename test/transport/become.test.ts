import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SshHost } from '../../src/transport/ssh.ts';
import type { Wire } from '../../src/transport/wire.ts';
import { LocalHost } from '../fakes/localHost.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-become-'));
  mkdirSync(join(folder, 'bin'));
  vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A sudo that notes what it was told; with -S it takes a line of its input as the password. */
function fakeSudo(asks: boolean): void {
  const read = asks ? `read -r answer; printf '%s' "$answer" > ${folder}/answer` : ':';
  const script = `#!/bin/sh
printf '%s ' "$1" "$2" > ${folder}/flags
case $1 in -S) shift 3; ${read};; -n) shift;; esac
exec "$@"`;
  writeFileSync(join(folder, 'bin/sudo'), script);
  chmodSync(join(folder, 'bin/sudo'), 0o755);
}

/** A connection whose commands run here: only what is sent matters. */
function host(password: string | null): SshHost {
  const here = new LocalHost('here');
  const target = { address: 'here', port: 22, user: 'me' };
  const wire: Partial<Wire> = {
    target,
    lostBecause: () => null,
    exec: (command) => here.open(command),
    forward: (_address, port) => here.forward(port),
    end: () => {},
  };
  return new SshHost(wire as Wire, {
    address: 'here',
    login: { user: 'me', port: 22, privateKey: null, passphrase: null, password: null, agent: false, jump: null },
    ssh: { hostKeys: 'strict', knownHosts: '', become: 'sudo', connectTimeoutMs: 1 },
    password,
    passphrase: null,
  });
}

test('sudo is given the password on its input when it asks', async () => {
  fakeSudo(true);
  const result = await host("p'a$s").run('cat; exit 4', { stdin: Buffer.from('input') });
  expect(result).toMatchObject({ code: 4, stdout: 'input', stderr: '' });
  expect(readFileSync(join(folder, 'answer'), 'utf8')).toBe("p'a$s");
});

test('a password sudo does not ask for reaches nobody', async () => {
  fakeSudo(false);
  expect(await host('secret').run('cat; env', { stdin: Buffer.from('input') })).toMatchObject({ code: 0 });
  expect((await host('secret').run('cat; env')).stdout).not.toContain('secret');
  expect(existsSync(join(folder, 'answer'))).toBe(false);
});

test('sudo never waits for a password nobody has', async () => {
  fakeSudo(false);
  expect((await host(null).run('echo in')).stdout).toBe('in\n');
  expect(readFileSync(join(folder, 'flags'), 'utf8')).toBe('-n setsid ');
});
