import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Crc64 } from '../../../src/lab/image/crc64.ts';
import { layerTar } from '../../../src/lab/image/layer.ts';
import { TarSplit } from '../../../src/lab/image/tarSplit.ts';
import { run } from '../../../src/lab/shell.ts';
import fc from '../../fakes/fastCheck.ts';
import { runs } from '../../fakes/seed.ts';

interface Entry {
  readonly type: 1 | 2;
  readonly name?: string;
  readonly size?: number;
  readonly payload: string | null;
  readonly position: number;
}

describe('a layer’s tar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-layer-'));
  let tar: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    mkdirSync(join(folder, 'diff', 'd'.repeat(90), 'e'.repeat(90)), { recursive: true });
    writeFileSync(join(folder, 'diff', 'd'.repeat(90), 'e'.repeat(90), 'long.txt'), 'x'.repeat(1000));
    writeFileSync(join(folder, 'diff', 'empty'), '');
    writeFileSync(join(folder, 'diff', 'block'), 'y'.repeat(1024));
    symlinkSync('empty', join(folder, 'diff', 'link'));
    const [program, ...args] = layerTar(join(folder, 'diff'));
    const into = args.map((arg) => (arg === '-' ? join(folder, 'layer.tar') : arg));
    await run([program!, ...into]);
    tar = readFileSync(join(folder, 'layer.tar'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('comes again, to the byte, from what is recorded and the files, however it was cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1 }), (lengths) => {
        const split = new TarSplit();
        for (let at = 0, i = 0; at < tar.length; i += 1) {
          const length = lengths[i % lengths.length]!;
          split.write(tar.subarray(at, at + length));
          at += length;
        }
        const { diffId, sizeBytes, tarSplit } = split.end();
        expect(diffId).toBe(createHash('sha256').update(tar).digest('hex'));
        expect(sizeBytes).toBe(2024);
        expect(rebuilt(tarSplit).equals(tar)).toBe(true);
      }),
      runs(30, 1_000),
    );
  });

  function rebuilt(tarSplit: string): Buffer {
    const entries = tarSplit
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
    expect(entries.map(({ position }) => position)).toEqual(entries.map((_, i) => i));
    return Buffer.concat(
      entries.map((entry) => (entry.type === 2 ? Buffer.from(entry.payload!, 'base64') : content(entry))),
    );
  }

  /** As docker does: the file by its recorded name, its checksum compared. */
  function content({ name, size, payload }: Entry): Buffer {
    if (size === 0) return Buffer.alloc(0);
    const bytes = readFileSync(join(folder, 'diff', name!));
    const crc = new Crc64();
    crc.update(bytes);
    expect([bytes.length, crc.digest().toString('base64')]).toEqual([size, payload]);
    return bytes;
  }
});

describe('the checksum of a file in a layer', () => {
  test('is CRC-64/GO-ISO', () => {
    const crc = new Crc64();
    crc.update(Buffer.from('12345'));
    crc.update(Buffer.from('6789'));
    expect(crc.digest().toString('hex')).toBe('b90956c775a41001');
  });
});
