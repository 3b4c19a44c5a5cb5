import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuseUnwritable, writeWhole } from '../../../src/files/writeFile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeWhole', () => {
  it('makes the folders it needs and leaves nothing but the file', async () => {
    await writeWhole(join(folder, 'a/b/c.txt'), 'one');
    await writeWhole(join(folder, 'a/b/c.txt'), 'two');
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['c.txt']);
    expect(readFileSync(join(folder, 'a/b/c.txt'), 'utf8')).toBe('two');
  });

  it('says what is in the way, and leaves no part of a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'taken'));
    await expect(writeWhole(join(folder, 'file/c.txt'), 'x')).rejects.toMatchObject({
      code: 'unwritable_file',
      exitCode: 2,
    });
    await expect(writeWhole(join(folder, 'taken'), 'x')).rejects.toThrow(
      `${join(folder, 'taken')}: can't be written: it is a folder`,
    );
    expect(readdirSync(folder).sort()).toEqual(['file', 'taken']);
  });

  it('ends where no folder can be made', async () => {
    await expect(writeWhole('/proc/omniplace/c.txt', 'x')).rejects.toThrow(
      "/proc/omniplace/c.txt: can't be written: its folder is not there",
    );
  });
});

describe('refuseUnwritable', () => {
  it('says beforehand what writeWhole would say, and touches nothing', async () => {
    writeFileSync(join(folder, 'file'), 'kept');
    mkdirSync(join(folder, 'taken'));
    const refused = (name: string, why: string) =>
      expect(refuseUnwritable(join(folder, name))).rejects.toMatchObject({
        code: 'unwritable_file',
        message: `${join(folder, name)}: can't be written: ${why}`,
      });
    await refused('taken', 'it is a folder');
    await refused('file/c.txt', 'a part of its path is no folder');
    await refused('file/b/c.txt', 'a part of its path is no folder');
    await refuseUnwritable(join(folder, 'file'));
    await refuseUnwritable(join(folder, 'a/b/c.txt'));
    expect(readdirSync(folder).sort()).toEqual(['file', 'taken']);
  });
});
