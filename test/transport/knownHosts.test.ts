import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkHostKey, hostName, knownKeyTypes, parseKnownHosts } from '../../src/transport/knownHosts.ts';

/** A public key's blob: the type's length and name, then anything. */
function key(type: string, rest: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.from(rest)]);
}
const mine = key('ssh-ed25519', 'mine');
const other = key('ssh-ed25519', 'other');
const rsa = key('ssh-rsa', 'rsa');
const line = (names: string, blob: Buffer, marker = ''): string =>
  `${marker}${names} ${blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()} ${blob.toString('base64')} comment`;

const hashed = (name: string): string => {
  const salt = Buffer.from('0123456789abcdefghij');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};

describe('a key is', () => {
  test.each([
    ['known by its plain name', '10.0.0.1', '10.0.0.1'],
    ['known among several names', 'a,10.0.0.1,b', '10.0.0.1'],
    ['known with its port', '[10.0.0.1]:2222', '[10.0.0.1]:2222'],
    ['known by a glob', '10.0.*', '10.0.0.1'],
    ['known by a glob of one letter', '10.0.0.?', '10.0.0.1'],
    ['known by a glob with a port', '[10.0.0.*]:2222', '[10.0.0.1]:2222'],
    ['known by a hashed name', hashed('10.0.0.1'), '10.0.0.1'],
    ['known by a hashed name with a port', hashed('[10.0.0.1]:2222'), '[10.0.0.1]:2222'],
  ])('%s', (_, names, name) => {
    expect(checkHostKey(parseKnownHosts(line(names, mine)), name, mine)).toEqual({ kind: 'known' });
    expect(checkHostKey(parseKnownHosts(line(names, other)), name, mine)).toEqual({ kind: 'changed', line: 1 });
  });

  test.each([
    ['unknown under another name', '10.0.0.2', '10.0.0.1'],
    ['unknown where only another port is known', '10.0.0.1', '[10.0.0.1]:2222'],
    ['unknown where a negation matches', '10.0.*,!10.0.0.1', '10.0.0.1'],
    ['unknown where a dot is no glob', '10.0.0.1', '10a0b0c1'],
    ['unknown under another hashed name', hashed('10.0.0.2'), '10.0.0.1'],
  ])('%s', (_, names, name) => {
    expect(checkHostKey(parseKnownHosts(line(names, mine)), name, mine)).toEqual({ kind: 'unknown' });
  });

  test('known when one of several lines has it', () => {
    const file = parseKnownHosts([line('h', other), line('h', mine)].join('\n'));
    expect(checkHostKey(file, 'h', mine)).toEqual({ kind: 'known' });
  });

  test('changed when the host is known by another type only', () => {
    const file = parseKnownHosts(`# c\n\n${line('h', rsa)}`);
    expect(checkHostKey(file, 'h', mine)).toEqual({ kind: 'changed', line: 3 });
  });

  test('revoked wherever the line stands, but for that host and key only', () => {
    const file = parseKnownHosts([line('h', mine), line('*', mine, '@revoked ')].join('\n'));
    expect(checkHostKey(file, 'h', mine)).toEqual({ kind: 'revoked', line: 2 });
    expect(checkHostKey(file, 'h', other)).toEqual({ kind: 'changed', line: 1 });
  });

  test('not vouched for by an authority, since we check no certificates', () => {
    expect(checkHostKey(parseKnownHosts(line('h', mine, '@cert-authority ')), 'h', mine)).toEqual({ kind: 'unknown' });
  });

  test('not known by lines that are no entries', () => {
    const broken = ['# h ssh-ed25519 x', 'h', 'h ssh-ed25519', '@strange h ssh-ed25519 x', '|1|x h y', '\u0000'].join(
      '\r\n',
    );
    expect(checkHostKey(parseKnownHosts(broken), 'h', mine)).toEqual({ kind: 'unknown' });
  });
});

test('types are those a host is known by', () => {
  const file = parseKnownHosts([line('h', rsa), line('h', mine), line('h', other), line('g', rsa)].join('\n'));
  expect(knownKeyTypes(file, 'h')).toEqual(['ssh-rsa', 'ssh-ed25519']);
});

test('a port counts in a name unless it is 22', () => {
  expect(hostName('10.0.0.1', 22)).toBe('10.0.0.1');
  expect(hostName('10.0.0.1', 2222)).toBe('[10.0.0.1]:2222');
});
