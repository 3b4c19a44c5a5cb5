import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfFile, rememberedDigests } from '../../../src/operations/cluster/fileDigests.ts';
import { readLocalInputs } from '../../../src/operations/cluster/localInputs.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

let folder: string;
let file: string;
let read: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-digests-'));
  mkdirSync(join(folder, 'omniinfer/tools'), { recursive: true });
  file = join(folder, 'omniinfer/tools/run.sh');
  writeFileSync(file, 'echo 1\n');
  read = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** @param laterMs how long after the last change of the file it is asked for */
const remembered = (laterMs: number) =>
  rememberedDigests(
    (path) => {
      read.push(path);
      return digestOfFile(path);
    },
    () => (statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0) + laterMs,
  );
const codeDigest = async (digestOf = digestOfFile) =>
  (await readLocalInputs(fakeDeployment({ codePath: folder }), digestOf)).trees[join(folder, 'omniinfer')];

describe('digests that are remembered', () => {
  it('read a file of the code once, and give the digest that a fresh look gives', async () => {
    const digestOf = remembered(2000);
    const digests = [await codeDigest(digestOf), await codeDigest(digestOf)];
    expect(read).toEqual([file]);
    expect(digests).toEqual([await codeDigest(), await codeDigest()]);
  });

  it('read a file again that was written, also with the same size and time', async () => {
    const digestOf = remembered(2000);
    const { atime, mtime } = statSync(file);
    const before = await codeDigest(digestOf);
    // beyond one tick of the file system's clock
    await new Promise((done) => setTimeout(done, 20));
    writeFileSync(file, 'echo 2\n');
    utimesSync(file, atime, mtime);
    expect(await codeDigest(digestOf)).not.toBe(before);
    expect(read).toEqual([file, file]);
  });

  it('read a file again that changed a moment ago', async () => {
    const digestOf = remembered(500);
    await codeDigest(digestOf);
    await codeDigest(digestOf);
    expect(read).toEqual([file, file]);
  });

  it('see a file that is gone, and one that is new', async () => {
    const digestOf = remembered(2000);
    expect((await digestOf(file))?.sizeBytes).toBe(7);
    rmSync(file);
    expect(await digestOf(file)).toBeNull();
    writeFileSync(file, 'longer than before\n');
    expect((await digestOf(file))?.sizeBytes).toBe(19);
  });
});
