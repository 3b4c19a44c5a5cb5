import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { loadImage, pullImage } from '../../src/transport/image.ts';
import { Transfers } from '../../src/transport/large/transfers.ts';
import { LocalHost } from '../fakes/localHost.ts';

const host = new LocalHost('here');
const transfers = () => new Transfers(async () => host, null);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-image-'));
  mkdirSync(join(folder, 'bin'));
  vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`);
  return () => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  };
});

function fakeDocker(script: string): void {
  writeFileSync(join(folder, 'bin/docker'), `#!/bin/sh\n${script}`);
  chmodSync(join(folder, 'bin/docker'), 0o755);
}

const load = (archive: string, onProgress?: (text: string, fraction: number | null) => void) =>
  loadImage(
    transfers(),
    host,
    { archive: join(folder, archive), ref: 'a:1', folder: join(folder, 'incoming') },
    onProgress ? { onProgress } : {},
  );

test('an archive is brought whole before docker loads it, and what it brought is checked', async () => {
  fakeDocker(`case $1 in load) cp "$3" ${folder}/loaded; echo "Loaded image: a:1";; image) [ "$6" = a:1 ];; esac`);
  const bytes = Buffer.alloc(3_000_000, 5);
  writeFileSync(join(folder, 'image.tar'), bytes);
  const progress: (readonly [string, number | null])[] = [];
  const result = await load('image.tar', (...said) => progress.push(said));
  expect(result).toEqual({ code: 0, output: ['Loaded image: a:1'] });
  expect(progress.at(-2)).toEqual([expect.stringMatching(/^2\.9 of 2\.9 MiB, .* MiB\/s, 0 s left$/), 1]);
  expect(progress.at(-1)).toEqual(['docker load', null]);
  expect(readFileSync(join(folder, 'loaded')).equals(bytes)).toBe(true);
  expect(readdirSync(join(folder, 'incoming'))).toEqual([]);
});

test('an archive that holds another image is a failure that says so', async () => {
  fakeDocker('case $1 in load) echo "Loaded image: b:2";; image) exit 1;; esac');
  writeFileSync(join(folder, 'image.tar'), 'x');
  expect(await load('image.tar')).toEqual({
    code: 1,
    output: ['Loaded image: b:2', 'the archive holds no image a:1: see what was loaded above'],
  });
});

test('an archive docker does not take fails with its words, and does not stay there', async () => {
  fakeDocker('echo "archive/tar: invalid tar header" >&2; exit 1');
  writeFileSync(join(folder, 'image.tar'), Buffer.alloc(1_000_000));
  expect(await load('image.tar')).toEqual({ code: 1, output: ['archive/tar: invalid tar header'] });
  expect(readdirSync(join(folder, 'incoming'))).toEqual([]);
});

test('an archive that can not be read is an error of this machine', async () => {
  await expect(load('gone.tar')).rejects.toThrow('ENOENT');
});

test('a pull shows its lines, and counts complete layers as progress', async () => {
  fakeDocker(`echo "1: Pulling from a"
for said in "111111111111: Pulling fs layer" "222222222222: Already exists" "111111111111: Download complete" "111111111111: Pull complete"; do
  echo "$said"
done
echo "Digest: sha256:00"`);
  const progress: (readonly [string, number | null])[] = [];
  const lines: string[] = [];
  const result = await pullImage(host, 'a:1', {
    onProgress: (...said) => progress.push(said),
    onLine: (line) => lines.push(line),
  });
  expect(result.code).toBe(0);
  expect(lines).toHaveLength(6);
  expect(progress).toEqual([
    ['0 of 1 layers', 0],
    ['1 of 2 layers', 0.5],
    ['1 of 2 layers', 0.5],
    ['2 of 2 layers', 1],
  ]);
});

test('a pull that fails gives the last lines', async () => {
  fakeDocker('echo "Error response from daemon: manifest for $3 not found" >&2; exit 1');
  expect(await pullImage(host, 'a:$(x)', {})).toEqual({
    code: 1,
    output: ['Error response from daemon: manifest for a:$(x) not found'],
  });
});
