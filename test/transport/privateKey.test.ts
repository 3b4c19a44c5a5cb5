import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadKeyForm, publicLineOfKey, readableKey } from '../../src/transport/privateKey.ts';
import { parseKey } from '../../src/transport/ssh2.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const KINDS: Readonly<Record<string, () => KeyObject>> = {
  'RSA 2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  ed25519: () => generateKeyPairSync('ed25519').privateKey,
};

/** `ssh-keygen -y` says what the public half is. */
function byOpenssh(text: string, passphrase = ''): string {
  const file = join(folder, 'key');
  writeFileSync(file, text, { mode: 0o600 });
  const line = execFileSync('ssh-keygen', ['-y', '-P', passphrase, '-f', file], { encoding: 'utf8' });
  return line.trim().split(' ').slice(0, 2).join(' ');
}

function libraryReads(text: string): string | null {
  const key = parseKey(text);
  return key instanceof Error ? null : `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

function refusal(text: string, file = '/k', passphrase: string | null = null): string {
  try {
    readableKey(text, file, passphrase);
  } catch (error) {
    if (error instanceof BadKeyForm) return `${error.what} | ${error.hint}`;
    throw error;
  }
  return 'none';
}

describe.each(Object.keys(KINDS))('a %s key in PKCS#8', (kind) => {
  it('is read, and is the key that OpenSSH reads', () => {
    const text = KINDS[kind]!().export({ format: 'pem', type: 'pkcs8' }).toString();
    // OpenSSH itself reads no ed25519 key in this form before 9.6: what we make of it has to be one
    const expected = kind === 'ed25519' ? byOpenssh(readableKey(text, 'k', null)) : byOpenssh(text);
    expect(libraryReads(readableKey(text, 'k', null))).toBe(expected);
    expect(publicLineOfKey(text, 'k')).toBe(expected);
  });

  it('is opened by its passphrase, and says when that is missing or wrong', () => {
    const key = KINDS[kind]!();
    const text = key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open' }).toString();
    const plain = key.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(libraryReads(readableKey(text, 'k', 'open'))).toBe(publicLineOfKey(plain, 'k'));
    expect(publicLineOfKey(text, 'k', 'open')).toBe(publicLineOfKey(plain, 'k'));
    expect(refusal(text)).toBe('has a passphrase | set passphrase of this host');
    expect(refusal(text, '/k', 'wrong')).toBe('does not open with its passphrase | check passphrase of this host');
  });
});

describe('an older PEM form', () => {
  it('is read, with a passphrase too', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const line = publicLineOfKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'k');
    const text = privateKey.export({ format: 'pem', type: 'pkcs1', cipher: 'aes-128-cbc', passphrase: 'open' });
    expect(libraryReads(readableKey(text.toString(), 'k', 'open'))).toBe(line);
    expect(byOpenssh(text.toString(), 'open')).toBe(line);
  });
});

describe('a file that is not such a key', () => {
  it('is named, with the way to one', () => {
    expect(refusal('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n', '/home/me/.ssh/id.pub')).toBe(
      'is the public half of a key | name the private one: /home/me/.ssh/id',
    );
    expect(refusal('PuTTY-User-Key-File-3: ssh-ed25519\n', '/k.ppk')).toBe(
      "is in PuTTY's form (PPK v3) | convert it: puttygen /k.ppk -O private-openssh -o /k.ppk.key",
    );
    expect(refusal('PuTTY-User-Key-File-3: ssh-ed25519\n', '/my key.ppk')).toMatch(
      / \| convert it: puttygen '\/my key\.ppk' -O private-openssh -o '\/my key\.ppk\.key'$/,
    );
    expect(refusal('ssh-ed25519-cert-v01@openssh.com AAAAC3NzaC1l me\n', '/k-cert.pub')).toBe(
      'is a certificate, not a private key | name the private one: /k',
    );
    expect(refusal('hello\n')).toBe('is not a private key | name a private key in OpenSSH or PEM form');
    expect(refusal('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toMatch(
      /^can't be read \(.+\) \| convert it: ssh-keygen -p -f \/k$/,
    );
    const x25519 = generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(refusal(x25519)).toBe('is a key of type x25519, which SSH does not have | omniplace keys setup makes one');
  });

  it('of a hardware key is named, since no agent helps either', () => {
    const field = (content: string): string => `\0\0\0${String.fromCharCode(content.length)}${content}`;
    const blob = field(`${field('sk-ssh-ed25519@openssh.com')}${field('x')}`);
    const file = `openssh-key-v1\0${field('none')}${field('none')}${field('')}\0\0\0\x01${blob}`;
    const base64 = Buffer.from(file, 'latin1').toString('base64');
    expect(refusal(`-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----\n`)).toBe(
      "is the handle of a hardware key (sk-ssh-ed25519@openssh.com), which omniplace's SSH library can't use, not through an agent either" +
        ' | set private_key of this host to another file: omniplace keys setup makes a key there',
    );
  });

  it('of OpenSSH itself is left to the library', () => {
    const text = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
    expect(readableKey(text, 'k', null)).toBe(text);
  });
});
