import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { choosePacking, measurePackings, packer } from '../../../src/transport/large/packing.ts';
import { seededBytes } from '../../fakes/seededBytes.ts';

const MB = 1_000_000;
const gzip = { packing: 'gzip', ratio: 0.4, bytesPerSecond: 100 * MB } as const;
const zstd = { packing: 'zstd', ratio: 0.45, bytesPerSecond: 400 * MB } as const;

describe('what is packed how', () => {
  test.each([
    ['a slow link: by what packs best', 12 * MB, 1, 'gzip'],
    ['a link of 1 Gbit/s: by what packs fast enough', 110 * MB, 1, 'zstd'],
    ['a link that is as fast as packing: not at all', 400 * MB, 1, null],
    ['many transfers on few cores: not at all', 110 * MB, 16, null],
  ] as const)('%s', (_, linkRate, sharers, packing) => {
    expect(choosePacking([gzip, zstd], linkRate, sharers, 4)).toBe(packing);
  });

  test('what hardly shrinks is sent as it is', () => {
    expect(choosePacking([{ ...zstd, ratio: 0.9 }], 10 * MB, 1, 4)).toBeNull();
  });

  test('where no packer is there, nothing is packed', () => {
    expect(choosePacking([], MB, 1, 4)).toBeNull();
  });
});

describe('a sample', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'omniplace-packing-'));
    return () => rmSync(folder, { recursive: true, force: true });
  });
  const measured = (bytes: Buffer, there: string[]) => {
    writeFileSync(join(folder, 'file'), bytes);
    return measurePackings(join(folder, 'file'), bytes.length, new Set(there));
  };

  test('is taken from all over the file, by the packers that the host knows', async () => {
    const bytes = Buffer.concat([Buffer.alloc(MB, 'all work and no play '), seededBytes(2 * MB)]);
    const [one, ...more] = await measured(bytes, ['gzip']);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ packing: 'gzip' });
    expect(one!.ratio).toBeGreaterThan(0.5);
    expect(one!.ratio).toBeLessThan(1);
  });

  test('of an archive that is packed already is not packed again', async () => {
    expect(await measured(gzipSync(Buffer.alloc(MB)), ['gzip', 'zstd'])).toEqual([]);
  });

  test('of a small file is the whole of it', async () => {
    expect((await measured(Buffer.from('a'), ['gzip']))[0]?.packing).toBe('gzip');
  });
});

test('what is packed is the same when unpacked', async () => {
  const bytes = Buffer.alloc(3 * MB, 'model ');
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from([bytes]).pipe(packer('gzip'))) chunks.push(chunk as Buffer);
  expect(gunzipSync(Buffer.concat(chunks)).equals(bytes)).toBe(true);
});
