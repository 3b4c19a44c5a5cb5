import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteHost } from '../../src/transport/host.ts';
import { createPool, type Pool } from '../../src/transport/pool.ts';
import { RateLimit } from '../../src/transport/rate.ts';
import { copyFolder, syncFolder } from '../../src/transport/sync.ts';
import { LocalHost } from '../fakes/localHost.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing = sshdMissing() ?? (existsSync('/usr/bin/rsync') ? null : 'rsync is not installed');

let folder: string;
let from: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-sync-'));
  from = join(folder, "it's $(here)");
  to = join(folder, 'deep/er/$(there) `x`');
  mkdirSync(join(from, '.git'), { recursive: true });
  mkdirSync(join(from, 'pkg/__pycache__'), { recursive: true });
  writeFileSync(join(from, '.git/HEAD'), 'ref');
  writeFileSync(join(from, 'pkg/__pycache__/a.pyc'), 'pyc');
  writeFileSync(join(from, 'pkg/a.py'), 'print(1)\n', { mode: 0o755 });
  writeFileSync(join(from, '-n; touch canary'), 'odd');
  writeFileSync(join(from, 'größe'), Buffer.alloc(3_000_000, 7));
  symlinkSync('pkg/a.py', join(from, 'link'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const sent = ['-n; touch canary', 'größe', 'link', 'pkg', 'pkg/a.py'];
const tree = (root: string): string[] => readdirSync(root, { recursive: true }).map(String).sort();

describe('a folder over SSH', unless(missing), () => {
  let sshd: FakeSshd;
  let pool: Pool;
  let host: RemoteHost;
  beforeAll(async () => {
    sshd = await startSshd();
    pool = createPool(() => sshd.options());
    host = await pool.open('127.0.0.1');
  });
  afterAll(async () => {
    await pool?.closeAll();
    sshd?.stop();
  });

  test('arrives whole, without .git and __pycache__, by one connection', async () => {
    const fractions: (number | null)[] = [];
    const before = host.meter.roundTrips;
    const said = await syncFolder(host, from, to, { onProgress: (_text, fraction) => fractions.push(fraction) });
    expect(said).toMatch(/^sent \d+\.\d MiB by rsync$/);
    expect(tree(to)).toEqual(sent);
    expect(readFileSync(join(to, 'größe')).equals(readFileSync(join(from, 'größe')))).toBe(true);
    expect(host.meter.roundTrips - before).toBe(1);
    expect(fractions.at(-1)).toBeGreaterThan(0.9);
  });

  test('sends next to nothing when nothing changed', async () => {
    await syncFolder(host, from, to);
    expect(await syncFolder(host, from, to)).toBe('sent 0.0 MiB by rsync');
  });

  test('loses there what was deleted here, and keeps what is excluded', async () => {
    await syncFolder(host, from, to);
    mkdirSync(join(to, 'pkg/__pycache__'));
    writeFileSync(join(to, 'stray'), '');
    rmSync(join(from, 'größe'));
    await syncFolder(host, from, to);
    expect(tree(to)).toEqual(['-n; touch canary', 'link', 'pkg', 'pkg/__pycache__', 'pkg/a.py']);
  });

  test('goes by tar where the host has no rsync', async () => {
    const bare = await startSshd({ SetEnv: `PATH=${folder}/bin` });
    const barePool = createPool(() => bare.options());
    mkdirSync(join(folder, 'bin'));
    for (const tool of ['sh', 'mkdir', 'base64'])
      symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(folder, 'bin', tool));
    try {
      const marker = join(folder, 'digest');
      writeFileSync(marker, '');
      const first = ['rm', '-f', '--', marker];
      const said = await syncFolder(await barePool.open('127.0.0.1'), from, to, { first });
      expect(said).toBe('sent 2.9 MiB by tar');
      expect([existsSync(marker), tree(to)]).toEqual([false, sent]);
    } finally {
      await barePool.closeAll();
      bare.stop();
    }
  });

  test('runs a command first, in the same round trip, and touches nothing when it fails', async () => {
    const marker = join(folder, 'digest');
    writeFileSync(marker, '');
    const before = host.meter.roundTrips;
    await syncFolder(host, from, to, { first: ['rm', '-f', '--', marker] });
    expect(host.meter.roundTrips - before).toBe(1);
    expect([existsSync(marker), tree(to)]).toEqual([false, sent]);
    rmSync(join(folder, 'deep'), { recursive: true });
    await expect(syncFolder(host, from, to, { first: ['sh', '-c', 'echo no such luck >&2; false'] })).rejects.toThrow(
      /^can't make .* on 127\.0\.0\.1 equal to .*:\n(.|\n)*no such luck/,
    );
    expect(existsSync(join(folder, 'deep'))).toBe(false);
    const here = new LocalHost('here');
    const first = ['sh', '-c', 'echo not here either >&2; false'];
    await expect(copyFolder(here, from, to, { first })).rejects.toThrow(/equal to .*:\nnot here either$/);
    expect(existsSync(join(folder, 'deep'))).toBe(false);
  });

  test('goes as slowly as it must', async () => {
    const begunMs = performance.now();
    expect(await syncFolder(host, from, to, { limit: new RateLimit(2_000_000) })).toMatch(/by rsync$/);
    // 3 MB of zeros and sevens are not packed on the way
    expect(performance.now() - begunMs).toBeGreaterThan(1200);
    expect(tree(to)).toEqual(sent);
  });

  test('says in the words of rsync why it failed', async () => {
    writeFileSync(join(folder, 'deep'), 'a file');
    await expect(syncFolder(host, from, to)).rejects.toThrow(
      /^can't make .* on 127\.0\.0\.1 equal to .*:\n(.|\n)*mkdir:/,
    );
  });

  test('stops when interrupted', async () => {
    writeFileSync(join(from, 'large'), Buffer.alloc(100_000_000));
    const controller = new AbortController();
    const going = syncFolder(host, from, to, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(going).rejects.toThrow(`sending ${from} to 127.0.0.1 was aborted`);
    expect((await host.run('echo still here')).stdout).toBe('still here\n');
  });
});

describe('a folder on this machine', () => {
  test('is mirrored the same way', async () => {
    await syncFolder(new LocalHost('here'), from, to);
    expect(tree(to)).toEqual(sent);
  });

  test('is mirrored by tar too, replacing what was there but not the folder itself', async () => {
    mkdirSync(join(to, 'old'), { recursive: true });
    const inode = statSync(to).ino;
    expect(await syncFolder(withoutRsync(), from, to)).toBe('sent 2.9 MiB by tar');
    expect(tree(to)).toEqual(sent);
    expect(statSync(to).ino).toBe(inode);
    expect(statSync(join(to, 'pkg/a.py')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(to, 'größe')).equals(readFileSync(join(from, 'größe')))).toBe(true);
    expect(readlinkSync(join(to, 'link'))).toBe('pkg/a.py');
    expect(tree(join(folder, 'deep/er')).filter((name) => name.includes('omniplace'))).toEqual([]);
  });

  test.each([
    ['rsync', () => new LocalHost('here')],
    ['tar', withoutRsync],
  ])('keeps what is excluded where it is, and loses the rest (%s)', async (_, host) => {
    for (const kept of ['.git', 'pkg/__pycache__', 'gone/__pycache__', 'gone/sub'])
      mkdirSync(join(to, kept), { recursive: true });
    for (const kept of ['.git/HEAD', 'pkg/__pycache__/a.pyc', 'gone/__pycache__/b.pyc', 'gone/b.py', 'gone/sub/c'])
      writeFileSync(join(to, kept), 'there');
    await syncFolder(host(), from, to);
    const kept = ['.git', '.git/HEAD', 'gone', 'gone/__pycache__', 'gone/__pycache__/b.pyc'];
    expect(tree(to)).toEqual([...sent, ...kept, 'pkg/__pycache__', 'pkg/__pycache__/a.pyc'].sort());
    expect(readFileSync(join(to, '.git/HEAD'), 'utf8')).toBe('there');
  });

  test.each([
    ['rsync', () => new LocalHost('here')],
    ['tar', withoutRsync],
  ])('changes files into folders and folders into files (%s)', async (_, host) => {
    mkdirSync(join(to, 'link/deep'), { recursive: true });
    mkdirSync(join(to, 'größe'), { recursive: true });
    writeFileSync(join(to, 'pkg'), 'a file');
    await syncFolder(host(), from, to);
    expect(tree(to)).toEqual(sent);
  });

  test('never lacks a file that was there and stays, while it is replaced by tar', async () => {
    await syncFolder(withoutRsync(), from, to);
    const watched = join(to, 'pkg/a.py');
    const watcher = spawn('sh', ['-c', 'while [ -s "$1" ]; do echo there; done; echo lacking', 'sh', watched]);
    let said = '';
    watcher.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await once(watcher.stdout, 'data');
    await syncFolder(withoutRsync(), from, to);
    watcher.kill();
    await once(watcher, 'close');
    expect(said).toContain('there');
    expect(said).not.toContain('lacking');
  });
});

/** This machine as a host whose programs can't be given streams: as one without rsync. */
function withoutRsync(): RemoteHost {
  const { run, forward, close, ...rest } = new LocalHost('here');
  const local = new LocalHost('here');
  return { ...rest, run: local.run.bind(local), forward: local.forward.bind(local), close: local.close };
}
