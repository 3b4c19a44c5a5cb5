import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyPairAt } from '../../../src/operations/keys/keyPair.ts';
import { authorizeScript } from '../../../src/operations/keys/setup.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('a key pair', () => {
  it('is made with the modes that ssh asks for, and ssh-keygen takes it', async () => {
    const path = join(folder, '.ssh', 'id_ed25519');
    const pair = await keyPairAt(path, 'omniplace r1');
    expect(pair).toMatchObject({ path, created: true, mended: [] });
    expect([mode(join(folder, '.ssh')), mode(path), mode(`${path}.pub`)]).toEqual(['700', '600', '644']);
    expect(execFileSync('ssh-keygen', ['-y', '-f', path], { encoding: 'utf8' }).trim()).toBe(pair.publicLine);
    expect(readFileSync(`${path}.pub`, 'utf8')).toBe(`${pair.publicLine}\n`);
    expect(pair.publicLine).toMatch(/^ssh-ed25519 AAAA[\w+/]+=* omniplace r1$/);
  });

  it('that is there is kept, its modes mended', async () => {
    mkdirSync(join(folder, '.ssh'));
    const path = join(folder, '.ssh', 'id');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'mine', '-f', path]);
    chmodSync(join(folder, '.ssh'), 0o755);
    chmodSync(path, 0o644);
    const before = readFileSync(path, 'utf8');
    const pair = await keyPairAt(path, 'x');
    expect(pair.created).toBe(false);
    expect(pair.mended).toEqual([`0755 -> 0700 ${join(folder, '.ssh')}`, `0644 -> 0600 ${path}`]);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('gets its public half back, with a passphrase too', async () => {
    const path = join(folder, 'id');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', 'canary', '-f', path]);
    const [type, blob] = readFileSync(`${path}.pub`, 'utf8').split(' ');
    rmSync(`${path}.pub`);
    expect((await keyPairAt(path, 'x')).publicLine).toBe(`${type} ${blob}`);
    expect(mode(folder)).toBe('700');
  });

  it('in another form than OpenSSH is read too, and says when it is locked', async () => {
    const path = join(folder, 'id');
    const make = (passphrase: string) =>
      execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', passphrase, '-f', path]);
    make('');
    const [type, blob] = readFileSync(`${path}.pub`, 'utf8').split(' ');
    rmSync(`${path}.pub`);
    expect((await keyPairAt(path, 'x')).publicLine).toBe(`${type} ${blob}`);
    rmSync(path);
    make('open sesame');
    rmSync(`${path}.pub`);
    await expect(keyPairAt(path, 'x')).rejects.toMatchObject({
      code: 'bad_key',
      message: `${path} has a passphrase`,
      hint: 'set passphrase of this host',
    });
    await expect(keyPairAt(path, 'x', 'wrong')).rejects.toMatchObject({
      message: `${path} does not open with its passphrase`,
    });
    expect((await keyPairAt(path, 'x', 'open sesame')).publicLine).toMatch(/^ssh-rsa AAAA/);
  });
});

describe('authorizing a key, by a real sh', () => {
  const authorize = (publicLine: string) =>
    execFileSync('sh', ['-c', authorizeScript({ publicLine })], { env: { ...process.env, HOME: folder } });
  const keys = () => readFileSync(join(folder, '.ssh', 'authorized_keys'), 'utf8');

  it('makes folder and file with their modes, and writes the key once', () => {
    for (const comment of ['one', 'one', "an'other $(touch canary)"]) authorize(`ssh-ed25519 AAAA1 ${comment}`);
    authorize('ssh-ed25519 AAAA2');
    expect(keys()).toBe('ssh-ed25519 AAAA1 one\nssh-ed25519 AAAA2\n');
    expect([mode(join(folder, '.ssh')), mode(join(folder, '.ssh', 'authorized_keys'))]).toEqual(['700', '600']);
  });

  it('keeps what is there, even where its last line lacks an end', () => {
    mkdirSync(join(folder, '.ssh'));
    writeFileSync(join(folder, '.ssh', 'authorized_keys'), '# mine\nssh-rsa BBBB old', { mode: 0o644 });
    authorize('ssh-ed25519 AAAA1 new');
    expect(keys()).toBe('# mine\nssh-rsa BBBB old\nssh-ed25519 AAAA1 new\n');
    expect(mode(join(folder, '.ssh', 'authorized_keys'))).toBe('600');
  });
});
