import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { localBytes } from '../../src/transport/localBytes.ts';
import fc from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';
import { seededBytes } from '../fakes/seededBytes.ts';

const SIZE = 3 * 256 * 1024 + 17;
const BYTES = seededBytes(SIZE);

let path: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-bytes-'));
  path = join(folder, 'file');
  writeFileSync(path, BYTES);
  return () => rmSync(folder, { recursive: true, force: true });
});

test('whoever reads gets its own part, however many read at once', async () => {
  const place = fc.oneof(fc.nat(SIZE + 1000), fc.constantFrom(0, 256 * 1024, 512 * 1024, SIZE, SIZE + 1));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 5 }), async (parts) => {
      const read = await Promise.all(parts.map(async ([from, to]) => Buffer.concat(await all(from, to))));
      for (const [i, [from, to]] of parts.entries())
        expect(read[i]?.equals(BYTES.subarray(from, Math.max(from, to)))).toBe(true);
    }),
    runs(50, 1_000),
  );
  expect(openFiles()).toEqual([]);
});

test('those who go along read once, into the same memory', async () => {
  const [one, other] = await Promise.all([all(0, SIZE), all(0, SIZE)]);
  expect(one.length).toBe(4);
  expect(one.map((chunk, i) => chunk.buffer === other[i]?.buffer)).toEqual([true, true, true, true]);
});

test('who stops early leaves the file open to the others alone', async () => {
  const [staying, leaving] = [localBytes(path, 0, SIZE), localBytes(path, 0, SIZE)];
  await Promise.all([staying.next(), leaving.next()]);
  await leaving.return(undefined);
  expect(openFiles()).toEqual([path]);
  const rest: Buffer[] = [];
  for await (const chunk of staying) rest.push(chunk);
  expect(Buffer.concat(rest).equals(BYTES.subarray(256 * 1024))).toBe(true);
  expect(openFiles()).toEqual([]);
});

test('who comes later reads the file as it is then', async () => {
  await all(0, SIZE);
  writeFileSync(`${path}.new`, 'new');
  renameSync(`${path}.new`, path);
  expect(Buffer.concat(await all(0, SIZE)).toString()).toBe('new');
});

test('a file that can not be opened is an error for each who wants it', async () => {
  const gone = `${path}.gone`;
  const failures = await Promise.allSettled([1, 2].map(() => localBytes(gone, 0, 1).next()));
  expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(localBytes(gone, 0, 1).next()).rejects.toThrow(/ENOENT/);
});

async function all(from: number, to: number): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of localBytes(path, from, to)) chunks.push(chunk);
  return chunks;
}

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target === path ? [target] : [];
    } catch {
      return [];
    }
  });
}
