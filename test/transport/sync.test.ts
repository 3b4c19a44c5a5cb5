import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteHost } from '../../src/transport/host.ts';
import { LocalHost } from '../../src/transport/local.ts';
import { createPool, type Pool } from '../../src/transport/pool.ts';
import { syncFolder } from '../../src/transport/sync.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';

const missing = sshdMissing() ?? (existsSync('/usr/bin/rsync') ? null : 'rsync is not installed');
if (missing) process.stderr.write(`SKIPPED: tests that sync folders over SSH: ${missing}\n`);

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

describe.skipIf(missing)('a folder over SSH', () => {
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
    for (const tool of ['sh', 'mkdir'])
      symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(folder, 'bin', tool));
    try {
      const said = await syncFolder(await barePool.open('127.0.0.1'), from, to);
      expect(said).toBe('sent 2.9 MiB by tar');
      expect(tree(to)).toEqual(sent);
    } finally {
      await barePool.closeAll();
      bare.stop();
    }
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
    const { run, forward, close, ...rest } = new LocalHost('here');
    const local = new LocalHost('here');
    const plain: RemoteHost = {
      ...rest,
      run: local.run.bind(local),
      forward: local.forward.bind(local),
      close: local.close,
    };
    expect(await syncFolder(plain, from, to)).toBe('sent 2.9 MiB by tar');
    expect(tree(to)).toEqual(sent);
  });
});
