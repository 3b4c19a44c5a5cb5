import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DesiredFile } from '../../src/engines/desiredFile.ts';
import type { RemoteHost } from '../../src/transport/host.ts';
import { createPool, type Pool } from '../../src/transport/pool.ts';
import { putFiles } from '../../src/transport/put.ts';
import { PutError } from '../../src/transport/putError.ts';
import { LocalHost } from '../fakes/localHost.ts';
import { mountMissing } from '../fakes/mount.ts';
import { seededBytes } from '../fakes/seededBytes.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing = sshdMissing();
const noMount = mountMissing();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-put-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const text = (path: string, content: string, mode = 0o644): DesiredFile => ({
  path,
  mode,
  sha256: sha256(content),
  sizeBytes: Buffer.byteLength(content),
  content: { text: content },
});
const local = (path: string, from: string): DesiredFile => {
  const bytes = readFileSync(from);
  return { path, mode: 0o600, sha256: sha256(bytes), sizeBytes: bytes.length, content: { localPath: from } };
};
const tree = (root: string): string[] => readdirSync(root, { recursive: true }).map(String).sort();

describe('files over SSH', unless(missing), () => {
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

  test('arrive to the byte with their modes, in one round trip, leaving nothing else', async () => {
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.alloc(20_000_001, 'abc'));
    const hostile = `${folder}/to/$(touch canary) "é"`;
    const files = [
      text(`${folder}/to/a.yaml`, 'a: 1\n'),
      text(`${hostile}/it's\na \\ file`, 'x', 0o755),
      text(`${folder}/to/empty`, ''),
      text(`${folder}/to/${'long'.repeat(40)}/${'name'.repeat(40)}`, 'long'),
      local(`${folder}/to/large`, large),
    ];
    const before = host.meter.roundTrips;
    const progress: number[] = [];
    await putFiles(host, files, { onProgress: (sentBytes) => progress.push(sentBytes) });
    expect(host.meter.roundTrips - before).toBe(1);
    for (const file of files) {
      expect(sha256(readFileSync(file.path)), file.path).toBe(file.sha256);
      expect(statSync(file.path).mode & 0o777, file.path).toBe(file.mode);
    }
    expect(tree(join(folder, 'to')).filter((path) => path.includes('.omniplace') || path.endsWith('canary'))).toEqual(
      [],
    );
    expect(progress.at(-1)).toBe(files.reduce((sum, file) => sum + file.sizeBytes, 0));
  });

  test('that arrive when the connection is cut leave the old ones as they were', async () => {
    const target = join(folder, 'to/large');
    await putFiles(host, [text(target, 'old')]);
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.alloc(60_000_000, 7));
    const own = createPool(() => sshd.options());
    const cut = await own.open('127.0.0.1');
    const going = putFiles(cut, [local(target, large)], {
      onProgress: (sentBytes) => void (sentBytes > 20_000_000 && cut.close()),
    });
    await expect(going).rejects.toMatchObject({ code: 'lost' });
    await expect.poll(() => tree(join(folder, 'to'))).toEqual(['large']);
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  test('stop arriving when interrupted', async () => {
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.alloc(60_000_000, 7));
    const controller = new AbortController();
    const options = {
      signal: controller.signal,
      onProgress: (sentBytes: number) => void (sentBytes > 20_000_000 && controller.abort()),
    };
    const going = putFiles(host, [local(join(folder, 'to/large'), large)], options);
    await expect(going).rejects.toMatchObject({ code: 'aborted', message: 'putting files on 127.0.0.1 was aborted' });
    expect(tree(join(folder, 'to'))).toEqual([]);
  });
});

describe('files on this machine', () => {
  const host = new LocalHost('here');

  test('replace what had their names, links themselves and not what they point to', async () => {
    writeFileSync(join(folder, 'real'), 'real');
    execFileSync('ln', ['-s', join(folder, 'real'), join(folder, 'link')]);
    await putFiles(host, [text(join(folder, 'link'), 'new')]);
    expect(readFileSync(join(folder, 'link'), 'utf8')).toBe('new');
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('real');
  });

  test('that are large and small arrive together, in whatever order they were given', async () => {
    const sizes = [5_000_000, 10, 4 * 1024 * 1024, 0, 4 * 1024 * 1024 - 1, 6_553_600];
    const files = sizes.map((size, i) => {
      const from = join(folder, `from${i}`);
      writeFileSync(from, seededBytes(size));
      return { ...local(join(folder, `to${i % 2}/it's $(${i})\n`), from), mode: i % 2 === 0 ? 0o755 : 0o600 };
    });
    const kept = join(folder, 'kept');
    writeFileSync(kept, Buffer.alloc(5_000_000, 'kept'));
    const { sha256: sum, sizeBytes } = local('', kept);
    const copy = { path: join(folder, 'to0/copy'), mode: 0o640, sha256: sum, sizeBytes, content: { hostPath: kept } };
    await putFiles(host, [...files, copy]);
    for (const file of [...files, copy]) {
      expect(sha256(readFileSync(file.path)), file.path).toBe(file.sha256);
      expect(statSync(file.path).mode & 0o777, file.path).toBe(file.mode);
    }
    expect(tree(join(folder, 'to0')).length + tree(join(folder, 'to1')).length).toBe(7);
  });

  test('whose large source changed after it was planned are refused as small ones are', async () => {
    const from = join(folder, 'from');
    for (const bytes of [4_999_999, 5_000_000, 5_000_001]) {
      writeFileSync(from, Buffer.alloc(5_000_000, 'planned'));
      const file = local(join(folder, 'to/file'), from);
      writeFileSync(from, Buffer.alloc(bytes, 'changed'));
      await expect(putFiles(host, [text(join(folder, 'to/first'), '1'), file]), String(bytes)).rejects.toMatchObject({
        code: 'local-file',
        message: `${from} is not what was planned for ${folder}/to/file: it changed meanwhile`,
      });
      await expect.poll(() => tree(join(folder, 'to'))).toEqual([]);
    }
  });

  test('whose source changed after it was planned are refused, before any takes its name', async () => {
    const from = join(folder, 'from');
    for (const changed of ['shorter', 'same size, other bytes!', 'longer than the twenty-three bytes planned']) {
      writeFileSync(from, 'twenty-three bytes long');
      const file = local(join(folder, 'to/file'), from);
      writeFileSync(from, changed);
      await expect(putFiles(host, [text(join(folder, 'to/first'), '1'), file]), changed).rejects.toMatchObject({
        code: 'local-file',
        message: `${from} is not what was planned for ${folder}/to/file: it changed meanwhile`,
      });
      expect(existsSync(join(folder, 'to/first'))).toBe(false);
    }
  });

  test('replace what was found when they were planned, and nothing that came since', async () => {
    const [path, other] = [join(folder, 'run.sh'), join(folder, 'config.yaml')];
    writeFileSync(path, 'by hand');
    const files = (found: string | null): DesiredFile[] => [
      { ...text(path, 'new'), found },
      { ...text(other, 'new'), found: null },
    ];
    for (const found of [null, sha256('old')])
      await expect(putFiles(host, files(found))).rejects.toMatchObject({
        code: 'changed-there',
        message: `${path} on here is not what was found when this was planned: somebody changed it meanwhile`,
      });
    expect([readFileSync(path, 'utf8'), tree(folder)]).toEqual(['by hand', ['run.sh']]);
    await putFiles(host, files(sha256('by hand')));
    expect([readFileSync(path, 'utf8'), readFileSync(other, 'utf8')]).toEqual(['new', 'new']);
    await putFiles(host, files(sha256('old')).slice(0, 1));
  });

  test('that can not be read here are named', async () => {
    const gone = { ...text(join(folder, 'to/file'), 'x'), content: { localPath: join(folder, 'gone') } };
    await expect(putFiles(host, [gone])).rejects.toMatchObject({
      code: 'local-file',
      message: `can't read a file to send: ENOENT: no such file or directory, open '${folder}/gone'`,
    });
  });

  test('are refused with the words of the host where a folder is in the way', async () => {
    mkdirSync(join(folder, 'file'));
    await expect(putFiles(host, [text(join(folder, 'file'), 'x')])).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^here did not take the files: mv: cannot overwrite directory/),
    });
    expect(tree(folder)).toEqual(['file']);
  });

  describe('with a full disk', unless(noMount), () => {
    const onSmallDisk = async (options: string, work: (disk: string) => Promise<void>): Promise<void> => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
      try {
        await work(disk);
      } finally {
        execFileSync('umount', [disk]);
      }
    };

    test('are refused before they are sent, with the bytes free and needed', async () => {
      await onSmallDisk('size=1m', async (disk) => {
        await putFiles(host, [text(`${disk}/a/config`, 'old')]);
        const large = 'x'.repeat(800_000);
        const going = putFiles(host, [text(`${disk}/a/config`, large), text(`${disk}/b/config`, large)]);
        const error = await going.catch((caught: PutError) => caught);
        expect(error).toBeInstanceOf(PutError);
        expect(error).toMatchObject({ code: 'no-room', host: 'here' });
        expect((error as PutError).message).toMatch(
          new RegExp(`^no room on here: 10\\d{5} bytes free on ${disk}, 1600000 bytes needed$`),
        );
        expect(readFileSync(`${disk}/a/config`, 'utf8')).toBe('old');
        expect(tree(disk)).toEqual(['a', 'a/config', 'b']);
      });
    });

    test('leave no truncated file when the room ends while they are written', async () => {
      // two names are left, three files come
      await onSmallDisk('size=1m,nr_inodes=5', async (disk) => {
        const files = ['1', '2', '3', '4'].map((name) => text(`${disk}/${name}`, name));
        await expect(putFiles(host, files)).rejects.toMatchObject({
          code: 'no-room',
          message: expect.stringMatching(new RegExp(`^no room on here: \\d+ bytes free on ${disk}, 4 bytes needed$`)),
        });
        expect(tree(disk)).toEqual([]);
      });
    });

    test('leave none either when others fill it while a large file is written', async () => {
      await onSmallDisk('size=9m', async (disk) => {
        const from = join(folder, 'from');
        writeFileSync(from, seededBytes(8_000_000));
        const to = join(disk, 'model.bin');
        await putFiles(host, [text(to, 'old')]);
        let filled = false;
        const going = putFiles(host, [text(join(disk, 'config'), 'new'), local(to, from)], {
          onProgress: (sentBytes) => {
            if (sentBytes < 4_000_000 || filled) return;
            filled = true;
            writeFileSync(join(disk, 'other'), Buffer.alloc(3_000_000));
          },
        });
        await expect(going).rejects.toMatchObject({
          code: 'no-room',
          message: expect.stringMatching(
            new RegExp(`^no room on here: \\d+ bytes free on ${disk}, 8000003 bytes needed$`),
          ),
        });
        expect(tree(disk)).toEqual(['model.bin', 'other']);
        expect(readFileSync(to, 'utf8')).toBe('old');
      });
    });

    test('are refused by a read-only one', async () => {
      await onSmallDisk('size=1m,ro', async (disk) => {
        await expect(putFiles(host, [text(`${disk}/a`, 'x')])).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringContaining('Read-only file system'),
        });
      });
    });
  });
});
