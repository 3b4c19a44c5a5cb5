import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { pushFolder } from '../../../src/transport/large/pushFolder.ts';
import { Transfers } from '../../../src/transport/large/transfers.ts';
import { RateLimit } from '../../../src/transport/rate.ts';
import { LocalHost } from '../../fakes/localHost.ts';
import { seededBytes } from '../../fakes/seededBytes.ts';

const MIB = 1024 * 1024;
const host = new LocalHost('here');
let folder: string;
let from: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-push-'));
  from = join(folder, 'model');
  to = join(folder, "it's $(there)/model");
  mkdirSync(join(from, 'deep'), { recursive: true });
  mkdirSync(join(from, '.git'));
  writeFileSync(join(from, '.git/HEAD'), 'ref');
  writeFileSync(join(from, 'config.json'), '{}');
  writeFileSync(join(from, 'deep/odd\nname'), 'odd', { mode: 0o640 });
  writeFileSync(join(folder, 'blob'), seededBytes(2 * MIB));
  symlinkSync('../blob', join(from, 'model-1.safetensors'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const push = (options: { limit?: RateLimit; signal?: AbortSignal; onProgress?: (text: string) => void } = {}) =>
  pushFolder(new Transfers(async () => host, options.limit ?? null), host, from, to, options);
const tree = (root: string): string[] => readdirSync(root, { recursive: true }).map(String).sort();

test('a folder is brought with what its links lead to, and its config.json last', async () => {
  const said: string[] = [];
  expect(await push({ onProgress: (text) => said.push(text) })).toEqual({
    sentFiles: 3,
    sentBytes: 2 * MIB + 5,
    keptFiles: 0,
  });
  expect(tree(to)).toEqual(['config.json', 'deep', 'deep/odd\nname', 'model-1.safetensors']);
  expect(readFileSync(join(to, 'model-1.safetensors')).equals(readFileSync(join(folder, 'blob')))).toBe(true);
  expect(statSync(join(to, 'deep/odd\nname')).mode & 0o777).toBe(0o640);
  // servers need not run as root
  expect(statSync(to).mode & 0o777).toBe(0o755);
  expect(said.at(-1)).toMatch(/^2\.0 of 2\.0 MiB, .* MiB\/s, 0 s left: config\.json$/);
});

test('what is there already is left alone, and nothing is deleted', async () => {
  await push();
  writeFileSync(join(to, 'stray'), 'theirs');
  expect(await push()).toEqual({ sentFiles: 0, sentBytes: 0, keptFiles: 3 });
  writeFileSync(join(from, 'config.json'), '[]');
  utimesSync(join(from, 'config.json'), 1_000_000, 1_000_000);
  expect(await push()).toEqual({ sentFiles: 1, sentBytes: 2, keptFiles: 2 });
  expect(readFileSync(join(to, 'config.json'), 'utf8')).toBe('[]');
  expect(readFileSync(join(to, 'stray'), 'utf8')).toBe('theirs');
});

test('a push that was interrupted leaves no file cut short under its name, and goes on from there', async () => {
  const controller = new AbortController();
  const going = push({
    limit: new RateLimit(MIB),
    signal: controller.signal,
    onProgress: (text) => /^[01]\.[1-9] of/.test(text) && controller.abort(),
  });
  await expect(going).rejects.toMatchObject({ code: 'aborted' });
  const left = tree(to);
  expect(left.filter((name) => name.endsWith('.omniplace-part')).length).toBeGreaterThan(0);
  expect(left).not.toContain('config.json');
  expect(left).not.toContain('model-1.safetensors');
  await push();
  expect(tree(to)).toEqual(['config.json', 'deep', 'deep/odd\nname', 'model-1.safetensors']);
});

test('a folder that is not here is said at once', async () => {
  from = join(folder, 'gone');
  await expect(push()).rejects.toThrow(`can't read ${from}: ENOENT`);
});
