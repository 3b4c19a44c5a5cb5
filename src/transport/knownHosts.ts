import { createHmac } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readAsciiText } from '../files/readText.ts';
import { keyType } from './errors.ts';

/** A line of a known_hosts file. */
export interface KnownHost {
  /** 1-based */
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | null;
  readonly names: string;
  readonly type: string;
  /** base64 */
  readonly key: string;
}

export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed'; readonly line: number }
  | { readonly kind: 'revoked'; readonly line: number };

/** What the file contains about the key a host shows. A host known by a key of another type counts as changed. */
export function checkHostKey(entries: readonly KnownHost[], name: string, key: Buffer): Verdict {
  const shown = key.toString('base64');
  const ofHost = entries.filter((entry) => entry.marker !== 'cert-authority' && matches(entry.names, name));
  const revoked = ofHost.find((entry) => entry.marker === 'revoked' && entry.key === shown);
  if (revoked) return { kind: 'revoked', line: revoked.line };
  const known = ofHost.filter((entry) => entry.marker === null);
  if (known.some((entry) => entry.key === shown)) return { kind: 'known' };
  const other = known.find((entry) => entry.type === keyType(key)) ?? known[0];
  return other ? { kind: 'changed', line: other.line } : { kind: 'unknown' };
}

/** The line of an authority that signs certificates of this host; null: none. */
export function authorityLine(entries: readonly KnownHost[], name: string): number | null {
  return entries.find(({ marker, names }) => marker === 'cert-authority' && matches(names, name))?.line ?? null;
}

/** Types of the keys known for a host: those are asked for first, so that a server with several shows a known one. */
export function knownKeyTypes(entries: readonly KnownHost[], name: string): readonly string[] {
  const types = entries.filter((entry) => entry.marker === null && matches(entry.names, name)).map((e) => e.type);
  return [...new Set(types)];
}

/** The name of a host in the file: its port counts unless it is 22. */
export function hostName(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${port}`;
}

export function parseKnownHosts(text: string): readonly KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const words = raw.trim().split(/[ \t]+/);
    if (words[0] === '' || words[0]?.startsWith('#')) return [];
    const marker = words[0]?.startsWith('@') ? words.shift()!.slice(1) : null;
    const [names, type, key] = words;
    if (names === undefined || type === undefined || key === undefined) return [];
    if (marker !== null && marker !== 'revoked' && marker !== 'cert-authority') return [];
    return [{ line: index + 1, marker, names, type, key }];
  });
}

/** A missing file contains no hosts. */
export async function readKnownHosts(file: string): Promise<readonly KnownHost[]> {
  try {
    return parseKnownHosts(await readAsciiText(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Writes an accepted key down (accept-new). One write, so that lines of several writers don't mix. */
export async function remember(file: string, name: string, key: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const before = await readFile(file, 'utf8').catch(() => '');
  const newline = before === '' || before.endsWith('\n') ? '' : '\n';
  await appendFile(file, `${newline}${name} ${keyType(key)} ${key.toString('base64')}\n`, { mode: 0o600 });
}

/** `names`: one hashed name, or patterns with `*` and `?`, where a `!` pattern that matches outweighs all others. */
function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt, hash] = names.split('|');
    if (salt === undefined || hash === undefined) return false;
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  let found = false;
  for (const pattern of names.split(',')) {
    if (pattern.startsWith('!')) {
      if (glob(pattern.slice(1), name)) return false;
    } else if (glob(pattern, name)) {
      found = true;
    }
  }
  return found;
}

function glob(pattern: string, name: string): boolean {
  const source = pattern
    .toLowerCase()
    .split('')
    .map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}]/, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`).test(name.toLowerCase());
}
