import { randomBytes } from 'node:crypto';
import { callHost } from './remote.ts';
import { FetchError, type FetchWish } from './types.ts';

export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
}

/** What is to be fetched, in the order of names. */
export async function listFiles(wish: FetchWish): Promise<{ wanted: ListedFile[]; freeBytes: number | null }> {
  const nonce = `omniplace-${randomBytes(8).toString('hex')}`;
  const chunks: Buffer[] = [];
  await callHost(wish, wish.list, { nonce, take: (chunk) => void chunks.push(chunk) });
  const text = Buffer.concat(chunks).toString('utf8');
  if (!text.includes(`${nonce} files\n`))
    throw new FetchError(
      'refused',
      `the answer of ${wish.host.address} is not a list of files`,
      'look at the login shell and PATH of that host',
    );
  return parseList(text, nonce);
}

export function parseList(text: string, nonce: string): { wanted: ListedFile[]; freeBytes: number | null } {
  const at = text.indexOf(`${nonce} files\n`);
  const free = new RegExp(`^${nonce} free (\\d+)$`, 'm').exec(text)?.[1];
  const wanted = text
    .slice(at + nonce.length + ' files\n'.length)
    .split('\0')
    .flatMap((entry): ListedFile[] => {
      const [, size, name] = /^(\d+) ([\s\S]+)$/.exec(entry) ?? [];
      // a name that leaves its folder is nobody's dump
      if (size === undefined || name === undefined || name.split('/').includes('..')) return [];
      return [{ name, bytes: Number(size) }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { wanted, freeBytes: free === undefined ? null : Number(free) * 1024 };
}
