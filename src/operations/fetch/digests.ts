import { callHost } from './remote.ts';
import type { FetchedFile, FetchWish } from './types.ts';

/** Names of files whose digest is another on the host. */
export async function differing(wish: FetchWish, files: readonly FetchedFile[]): Promise<string[]> {
  if (files.length === 0) return [];
  const found = new Map<string, string>();
  let rest = Buffer.alloc(0);
  const take = (chunk: Buffer): undefined => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      const line = rest.toString('utf8', 0, end);
      found.set(line.slice(66), line.slice(0, 64));
      rest = rest.subarray(end + 1);
    }
  };
  if (wish.growing) {
    const pairs = files.flatMap(({ bytes, name }) => [String(bytes), name]);
    await callHost(wish, ['first_sums', wish.folder, ...pairs], { take });
  } else {
    const list = Buffer.from(files.map(({ name }) => `${name}\0`).join(''));
    // a file that is gone meanwhile is missing in the answer
    await callHost(wish, ['sums', wish.folder], { input: list, take, mayFail: true });
  }
  return files.filter(({ name, sha256 }) => found.get(name) !== sha256).map(({ name }) => name);
}
