import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keyFileFault } from '../../../src/operations/keys/check.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-check-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text, { mode: 0o644 });
  return join(folder, name);
}

it('names the form of a file that is not a private key, whatever its mode', async () => {
  const half = file('id.pub', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me\n');
  expect(await keyFileFault(half)).toEqual({
    state: 'bad-key',
    message: `${half} is the public half of a key`,
    hint: `name the private one: ${join(folder, 'id')}`,
  });
  const putty = file('id.ppk', 'PuTTY-User-Key-File-3: ssh-ed25519\n');
  expect(await keyFileFault(putty)).toMatchObject({
    state: 'bad-key',
    message: `${putty} is in PuTTY's form (PPK v3)`,
  });
});

it('gives a command that closes a private key whose name has a blank', async () => {
  const key = file('my id', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  expect(await keyFileFault(key)).toEqual({
    state: 'open-key',
    message: `${key} has mode 0644: others may read it, and ssh refuses it`,
    hint: `chmod 600 '${key}'`,
  });
  execFileSync('sh', ['-c', `chmod 600 '${key}'`]);
  expect(await keyFileFault(key)).toBeNull();
});
