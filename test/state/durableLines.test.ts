import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durableLines } from '../../src/state/durableLines.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-lines-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('durable lines', () => {
  it('keeps 1000 entries asked for at once in order, with a few flushes in all', async () => {
    const file = await open(join(folder, 'lines'), 'ax');
    let flushes = 0;
    const counting = {
      appendFile: (text: string) => file.appendFile(text),
      datasync: () => {
        flushes += 1;
        return file.datasync();
      },
    } as unknown as FileHandle;
    const append = durableLines(counting);
    await append({ n: -1 });
    await Promise.all(Array.from({ length: 1000 }, (_, n) => append({ n })));
    await file.close();
    const lines = readFileSync(join(folder, 'lines'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).n)).toEqual(Array.from({ length: 1001 }, (_, i) => i - 1));
    expect(flushes).toBeLessThanOrEqual(3);
  });

  it('has an entry on disk before its call returns, also when it waited for another', async () => {
    const path = join(folder, 'lines');
    const file = await open(path, 'ax');
    const append = durableLines(file);
    const first = append({ n: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    await append({ n: 2 });
    expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n');
    await first;
    await file.close();
  });

  it('fails whoever waits when the disk fails, and everybody after', async () => {
    const broken = {
      appendFile: () => Promise.reject(new Error('no room')),
      datasync: () => Promise.resolve(),
    } as unknown as FileHandle;
    const append = durableLines(broken);
    const both = await Promise.allSettled([append({ n: 1 }), append({ n: 2 })]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(append({ n: 3 })).rejects.toThrow('no room');
  });
});
