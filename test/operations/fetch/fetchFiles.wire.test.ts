import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineOf } from '../../../src/engines/index.ts';
import { fetchFiles } from '../../../src/operations/fetch/fetchFiles.ts';
import { parseList } from '../../../src/operations/fetch/list.ts';
import type { FetchWish } from '../../../src/operations/fetch/types.ts';
import type { RemoteHost } from '../../../src/transport/host.ts';
import { LocalHost } from '../../fakes/localHost.ts';
import { mountMissing } from '../../fakes/mount.ts';
import { unless } from '../../fakes/unless.ts';

const noMount = mountMissing();

let folder: string;
let from: string;
let into: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-fetch-'));
  from = join(folder, 'from');
  into = join(folder, 'into');
  mkdirSync(from);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const wish = (more: Partial<FetchWish> = {}): FetchWish => ({
  host: new LocalHost('here'),
  folder: from,
  list: ['list_folder', from],
  into,
  growing: false,
  signal: new AbortController().signal,
  onProgress: () => {},
  ...more,
});
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('fetching files', () => {
  it('brings every file whole, whatever its name, in one stream', async () => {
    const names = ['a.txt', 'it\'s $(x) \n"', '-n', 'deep/er/b', 'ünï'];
    mkdirSync(join(from, 'deep/er'), { recursive: true });
    for (const name of names) writeFileSync(join(from, name), `content of ${name}`);
    writeFileSync(join(from, 'empty'), '');
    writeFileSync(join(from, 'large'), Buffer.alloc(3_000_000, 7));
    const host = new LocalHost('here');
    const fetched = await fetchFiles(wish({ host }));
    expect(fetched.problems).toEqual([]);
    expect(fetched.files.map(({ name }) => name)).toEqual([...names, 'empty', 'large'].sort());
    for (const { name, sha256: digest } of fetched.files) {
      expect(readFileSync(join(into, name)).equals(readFileSync(join(from, name)))).toBe(true);
      expect(digest).toBe(sha256(readFileSync(join(from, name))));
    }
    // list, stream, digests
    expect(host.meter.roundTrips).toBe(3);
  });

  it('goes on where it stopped: what is here and whole is not sent again', async () => {
    for (let i = 0; i < 20; i++) writeFileSync(join(from, `f${i}`), `content ${i}`);
    await fetchFiles(wish());
    rmSync(join(into, 'f3'));
    truncateSync(join(into, 'f4'), 2);
    writeFileSync(join(from, 'new'), 'x');
    const again = await fetchFiles(wish());
    expect([again.numKept, again.files.length, again.problems]).toEqual([18, 21, []]);
    expect(again.fetchedBytes).toBe('content 3'.length + 'content 4'.length + 1);
  });

  it('fetches a file anew that has the right size and another content', async () => {
    writeFileSync(join(from, 'a'), 'right');
    mkdirSync(into);
    writeFileSync(join(into, 'a'), 'wrong');
    const fetched = await fetchFiles(wish());
    expect(fetched.problems).toEqual([]);
    expect(readFileSync(join(into, 'a'), 'utf8')).toBe('right');
  });

  it('names a file that damages itself on the way, and one that goes away', async () => {
    writeFileSync(join(from, 'a'), 'one');
    writeFileSync(join(from, 'b'), 'two');
    const local = new LocalHost('here');
    let calls = 0;
    // somebody writes to it before each round of digests
    const host = Object.assign(Object.create(local) as RemoteHost, {
      run: (script: string, options: object) => {
        calls += 1;
        if (/\nsums /.test(script)) writeFileSync(join(from, 'a'), `now ${calls}`);
        if (/\nsend /.test(script)) rmSync(join(from, 'b'), { force: true });
        return local.run(script, options);
      },
    });
    const fetched = await fetchFiles(wish({ host }));
    expect(fetched.problems).toEqual([
      'b was gone when its turn came',
      'a is not what the host has: it was written to meanwhile, or came damaged twice',
    ]);
  });

  it('takes what a growing file had when it went, and no more is asked of it', async () => {
    writeFileSync(join(from, 'log'), 'first\n');
    const local = new LocalHost('here');
    const host = Object.assign(Object.create(local) as RemoteHost, {
      run: async (script: string, options: object) => {
        const result = await local.run(script, options);
        if (/\nsend /.test(script)) appendFileSync(join(from, 'log'), 'second\n');
        return result;
      },
    });
    const fetched = await fetchFiles(wish({ host, growing: true }));
    expect(fetched.problems).toEqual([]);
    expect(readFileSync(join(into, 'log'), 'utf8')).toBe('first\n');
    await fetchFiles(wish({ growing: true }));
    expect(readFileSync(join(into, 'log'), 'utf8')).toBe('first\nsecond\n');
  });

  it('leaves no half of a file under its name when it is interrupted', async () => {
    writeFileSync(join(from, 'big'), Buffer.alloc(50_000_000, 1));
    const interrupt = new AbortController();
    const fetching = fetchFiles(wish({ signal: interrupt.signal, onProgress: () => interrupt.abort() }));
    await expect(fetching).rejects.toThrow('fetching from here was interrupted');
    expect(existsSync(join(into, 'big'))).toBe(false);
    expect((await fetchFiles(wish())).problems).toEqual([]);
  });

  it(
    'says that the disk here filled up, keeps what came, and goes on once there is room',
    unless(noMount),
    async () => {
      const megabytes = (count: number) => Buffer.alloc(count * 1024 * 1024, count);
      for (const name of ['a', 'b', 'c']) writeFileSync(join(from, name), megabytes(2));
      mkdirSync(into);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=72m', 'tmpfs', into]);
      try {
        let filled = false;
        const fillUp = () => {
          if (!filled) writeFileSync(join(into, 'theirs'), megabytes(68));
          filled = true;
        };
        await expect(fetchFiles(wish({ onProgress: fillUp }))).rejects.toMatchObject({
          code: 'no-room',
          message: `no room here: ${into} filled up`,
          hint: 'free some space, or name another folder with --out; what is here already is kept',
        });
        const kept = readdirSync(into).filter((name) => name !== 'theirs');
        expect(kept).toEqual(kept.filter((name) => readFileSync(join(into, name)).equals(megabytes(2))));
        expect(kept.length).toBeGreaterThan(0);
        rmSync(join(into, 'theirs'));
        expect(await fetchFiles(wish())).toMatchObject({ problems: [], numKept: kept.length });
      } finally {
        execFileSync('umount', [into]);
      }
    },
  );

  it('says what can not be written here', async () => {
    writeFileSync(join(from, 'a'), 'a');
    writeFileSync(into, 'a file in the way');
    await expect(fetchFiles(wish())).rejects.toMatchObject({
      code: 'local',
      message: `can't write below ${into}: EEXIST: file already exists, mkdir '${into}'`,
    });
  });

  it('finds nothing in a folder that is not there', async () => {
    const fetched = await fetchFiles(
      wish({ folder: join(folder, 'none'), list: ['list_folder', join(folder, 'none')] }),
    );
    expect(fetched.files).toEqual([]);
  });

  const { functions } = engineOf('omni').experts!.recorded!;

  it('takes the newest folder of dumps, or all of them, and nothing beside', async () => {
    for (const stamp of ['20261121_225001', '20261122_000100', 'notes']) {
      mkdirSync(join(from, stamp));
      writeFileSync(join(from, stamp, 'w.txt'), stamp);
    }
    const named = async (which: string) =>
      (await fetchFiles(wish({ functions, list: ['list_dumps', from, which] }))).files.map(({ name }) => name);
    expect(await named('newest')).toEqual(['20261122_000100/w.txt']);
    expect(await named('all')).toEqual(['20261121_225001/w.txt', '20261122_000100/w.txt']);
  });

  it('takes the starts and the newest windows that the functions of another engine find', async () => {
    const toy = [
      'dump_starts() { ls -1 | grep -x "run[0-9]*" | sort -k 1.4n; }',
      'by_dump_step() { sort -z -t / -k 2n; }',
    ].join('\n');
    for (const start of ['run9', 'run10', '20261122_000100']) {
      mkdirSync(join(from, start));
      for (const step of [2, 9, 10]) writeFileSync(join(from, start, `${step}.load`), 'x');
    }
    const newest = await fetchFiles(wish({ functions: toy, list: ['list_dumps', from, 'newest', '2'] }));
    expect(newest.files.map(({ name }) => name)).toEqual(['run10/10.load', 'run10/9.load']);
  });

  it('takes only the newest windows where there are many, by their number and not by their name', async () => {
    mkdirSync(join(from, '20261122_000100'));
    const window = (step: number) => `20261122_000100/activation_counts_recordstep_${step}_rank_0.txt`;
    for (const step of [1, 2, 8, 9, 10, 11]) writeFileSync(join(from, window(step)), `${step}\t\n`);
    const newest = await fetchFiles(wish({ functions, list: ['list_dumps', from, 'newest', '3'] }));
    expect(newest.files.map(({ name }) => name)).toEqual([window(10), window(11), window(9)]);
    // and that its engine swapped experts meanwhile
    const swap = '20261122_000100/live-map/maps/1.json';
    mkdirSync(join(from, '20261122_000100/live-map/maps'), { recursive: true });
    for (const name of ['0.json', '1.json', '1.npy']) writeFileSync(join(from, swap, '..', name), '{}');
    const swapped = await fetchFiles(
      wish({ functions, list: ['list_dumps', from, 'newest', '1', 'live-map/maps/1.json'] }),
    );
    expect(swapped.files.map(({ name }) => name)).toEqual([window(11), swap]);
  });
});

describe('a list of files', () => {
  it('stands behind whatever a login prints, and names that leave their folder are passed over', () => {
    const text = 'motd\nn1 free 1024\nn1 files\n5 a b\x007 ../x\x003 c\nd\x00';
    expect(parseList(text, 'n1')).toEqual({
      freeBytes: 1024 * 1024,
      wanted: [
        { name: 'a b', bytes: 5 },
        { name: 'c\nd', bytes: 3 },
      ],
    });
  });
});
