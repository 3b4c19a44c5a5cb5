import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteHost } from '../../../src/transport/host.ts';
import { bringFile } from '../../../src/transport/large/bring.ts';
import { type BringOptions, partPath } from '../../../src/transport/large/part.ts';
import { LocalSource } from '../../../src/transport/large/source.ts';
import { createPool, type Pool } from '../../../src/transport/pool.ts';
import { RateLimit } from '../../../src/transport/rate.ts';
import { LocalHost } from '../../fakes/localHost.ts';
import { mountMissing } from '../../fakes/mount.ts';
import { seededBytes } from '../../fakes/seededBytes.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../../fakes/sshd.ts';
import { unless } from '../../fakes/unless.ts';

const MIB = 1024 * 1024;
const missing = sshdMissing();
const noMount = mountMissing();

let folder: string;
let local: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-bring-'));
  local = join(folder, 'model.bin');
  return () => rmSync(folder, { recursive: true, force: true });
});

const there = () => ({ folder: join(folder, "it's $(there)"), name: 'model.bin' });
const tree = (root: string): string[] => readdirSync(root, { recursive: true }).map(String).sort();

function write(bytes: Buffer): Promise<LocalSource> {
  writeFileSync(local, bytes);
  return LocalSource.open(local);
}

describe('a large file over SSH', unless(missing), () => {
  let sshd: FakeSshd;
  let pool: Pool;
  beforeAll(async () => {
    sshd = await startSshd();
    pool = createPool(() => sshd.options());
  });
  afterAll(async () => {
    await pool?.closeAll();
    sshd?.stop();
  });
  const reach = () => pool.open('127.0.0.1');
  const bring = (source: LocalSource, options: BringOptions = {}) => bringFile(reach, source, there(), options);

  test('arrives under its hidden name, with rate and remaining time on the way', async () => {
    const bytes = seededBytes(3 * MIB);
    const source = await write(bytes);
    const said: string[] = [];
    await bring(source, { onProgress: (text) => said.push(text) });
    const path = partPath(there(), source);
    expect(tree(there().folder)).toEqual([`.model.bin.${source.key}.omniplace-part`]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(said.at(-1)).toMatch(/^3\.0 of 3\.0 MiB, \d+\.\d MiB\/s, 0 s left$/);
  });

  test('goes on where it stopped when the session is killed on the way', async () => {
    const bytes = seededBytes(8 * MIB);
    const source = await write(bytes);
    const before = (await reach()).meter.bytesSent;
    const said: string[] = [];
    let killed = false;
    await bring(source, {
      limit: new RateLimit(4 * MIB),
      onProgress: (text) => said.push(text),
      onBytes: (at) => {
        if (at < 2 * MIB || killed) return;
        killed = true;
        for (const pid of sessions(sshd.pid)) process.kill(pid, 'SIGKILL');
      },
    });
    expect(killed).toBe(true);
    expect(said.filter((text) => text.includes('lost the connection'))).toHaveLength(1);
    expect(readFileSync(partPath(there(), source)).equals(bytes)).toBe(true);
    // what was on its way when the session ended, and no more, went twice
    expect((await reach()).meter.bytesSent - before).toBeLessThan(bytes.length + 4 * MIB);
  });

  test('is resumed by a later run, and what stands there wrong is sent anew', async () => {
    const bytes = seededBytes(4 * MIB);
    const source = await write(bytes);
    const path = partPath(there(), source);
    await bring(source);
    truncateSync(path, 3 * MIB);
    const sent = async (action: () => Promise<void>) => {
      const host = await reach();
      const before = host.meter.bytesSent;
      await action();
      return host.meter.bytesSent - before;
    };
    expect(await sent(() => bring(source))).toBeLessThan(1.1 * MIB);
    expect(await sent(() => bring(source))).toBeLessThan(0.1 * MIB);
    writeFileSync(path, Buffer.concat([Buffer.alloc(100), bytes.subarray(100, 3 * MIB)]));
    expect(await sent(() => bring(source))).toBeGreaterThan(4 * MIB);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('leaves nothing of an older source behind', async () => {
    await bring(await write(Buffer.from('old')));
    const source = await write(Buffer.from('newer'));
    await bring(source);
    expect(tree(there().folder)).toEqual([`.model.bin.${source.key}.omniplace-part`]);
  });

  test('is packed once the link turned out to be slower than packing', async () => {
    const bytes = Buffer.alloc(40 * MIB, 'all work and no play makes Jack a dull boy\n');
    const source = await write(bytes);
    const host = await reach();
    const before = host.meter.bytesSent;
    await bring(source, { limit: new RateLimit(16 * MIB) });
    expect(host.meter.bytesSent - before).toBeLessThan(20 * MIB);
    expect(readFileSync(partPath(there(), source)).equals(bytes)).toBe(true);
  });

  test('that changes on the way is not taken for what was asked for', async () => {
    const source = await write(seededBytes(2 * MIB));
    const going = bring(source, { onBytes: () => appendFileSync(local, 'more') });
    await expect(going).rejects.toThrow(`${local} changed while it was sent to 127.0.0.1`);
  });

  test('that a host stops taking is noticed and named', async () => {
    const source = await write(seededBytes(20 * MIB));
    const stopped = new Set<number>();
    let hangs: NodeJS.Timeout | undefined;
    const hang = (): void => {
      // a disk that hangs: who writes to it gets nowhere
      for (const pid of writers(partPath(there(), source))) {
        try {
          process.kill(pid, 'SIGSTOP');
          stopped.add(pid);
        } catch {
          // it ended since it was listed
        }
      }
    };
    const going = bring(source, {
      stallMs: 1500,
      limit: new RateLimit(4 * MIB),
      onBytes: (at) => {
        if (at > MIB) hangs ??= setInterval(hang, 20);
      },
    });
    await expect(going).rejects.toMatchObject({
      code: 'stalled',
      message: expect.stringMatching(/^127\.0\.0\.1 took no byte of .*model\.bin for 2 s, at \d+\.\d of 20\.0 MiB$/),
    });
    clearInterval(hangs);
    expect(stopped.size).toBeGreaterThan(0);
  });

  test('stops when interrupted, and keeps what has arrived', async () => {
    const source = await write(seededBytes(20 * MIB));
    const controller = new AbortController();
    const going = bring(source, {
      signal: controller.signal,
      limit: new RateLimit(4 * MIB),
      onBytes: (at) => at > MIB && controller.abort(),
    });
    await expect(going).rejects.toMatchObject({ code: 'aborted' });
    expect(statSync(partPath(there(), source)).size).toBeGreaterThan(MIB);
  });

  test('goes as fast as it may, several at once together', async () => {
    const limit = new RateLimit(4 * MIB);
    const source = await write(seededBytes(3 * MIB));
    const begunMs = performance.now();
    await Promise.all(['a', 'b', 'c'].map((name) => bringFile(reach, source, { ...there(), name }, { limit })));
    expect(performance.now() - begunMs).toBeGreaterThan(2000);
  });
});

test('the digest of a file is counted by the streams that run through it', async () => {
  const bytes = seededBytes(5 * MIB);
  const source = await write(bytes);
  for await (const _ of source.stream(0));
  rmSync(local);
  expect(await source.sha256()).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('the digest is right when streams begin and end anywhere', async () => {
  const bytes = seededBytes(5 * MIB);
  const source = await write(bytes);
  const wanted = createHash('sha256').update(bytes.subarray(0, 1_500_000)).digest('hex');
  for await (const _ of source.stream(4 * MIB));
  for await (const _ of source.stream(0)) break;
  expect(await source.prefixSha256(1_500_000)).toBe(wanted);
  expect(await source.sha256()).toBe(createHash('sha256').update(bytes).digest('hex'));
});

describe('a host without room', () => {
  test('refuses what it can not hold, with free and needed bytes', unless(noMount), async () => {
    const source = await write(seededBytes(6 * MIB));
    const [said, left] = await onSmallDisk((host) => bringFile(async () => host, source, there()));
    expect(said).toMatchObject({
      code: 'no-room',
      message: expect.stringMatching(
        new RegExp(`^no room on here for .*model\\.bin: \\d+ bytes free on .*, ${6 * MIB} bytes needed$`),
      ),
    });
    expect(left).toEqual([]);
  });

  test('whose disk fills at the end gets its room back', unless(noMount), async () => {
    const source = await write(seededBytes(3 * MIB));
    const [said, left] = await onSmallDisk((host) =>
      bringFile(async () => host, source, there(), {
        limit: new RateLimit(2 * MIB),
        onBytes: (at) => {
          if (at === 0) writeFileSync(join(there().folder, 'other'), Buffer.alloc(1.5 * MIB));
        },
      }),
    );
    expect(said).toMatchObject({
      code: 'no-room',
      message: expect.stringMatching(/: \d+ bytes free on .*, \d+ bytes needed$/),
    });
    expect(left).toEqual(['other']);
  });
});

/** A disk of 4 MiB, where the file is to go. @returns what was raised, and what is left on the disk */
async function onSmallDisk(action: (host: RemoteHost) => Promise<void>): Promise<[unknown, string[]]> {
  const disk = there().folder;
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
  try {
    const said = await action(new LocalHost('here')).catch((error: unknown) => error);
    return [said, tree(disk)];
  } finally {
    execFileSync('umount', [disk]);
  }
}

/** Processes below the server: one for each connection. */
function sessions(pid: number): number[] {
  const said = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return said === '' ? [] : said.split(' ').map(Number);
}

/** `tee` processes that write to `path`. */
function writers(path: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return argv[0] === 'tee' && argv.includes(path);
      } catch {
        return false;
      }
    });
}
