import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { getFiles } from '../../src/transport/get.ts';
import type { RemoteHost, RunOptions } from '../../src/transport/host.ts';
import { LocalHost } from '../fakes/localHost.ts';
import { seededBytes } from '../fakes/seededBytes.ts';

let from: string;
let into: string;
const host = new LocalHost();
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-get-'));
  from = join(folder, "the host's");
  into = join(folder, 'here', 'dist');
  mkdirSync(from);
  return () => rmSync(folder, { recursive: true, force: true });
});

/** The host, but each chunk of its standard output goes through `change`. */
function through(change: (chunk: Buffer) => Buffer): RemoteHost {
  return Object.assign(Object.create(host) as RemoteHost, {
    run: (script: string, options: RunOptions) =>
      host.run(script, {
        ...options,
        onChunk: (chunk, stream) => options.onChunk?.(stream === 1 ? change(chunk) : chunk, stream),
      }),
  });
}

describe('files of a host', () => {
  test('come here whole, those that match and no others', async () => {
    const big = seededBytes(3_000_001);
    writeFileSync(join(from, 'a b-1.0.whl'), big);
    writeFileSync(join(from, '-v-2.0.whl'), 'two');
    writeFileSync(join(from, 'notes.txt'), 'no');
    symlinkSync('-v-2.0.whl', join(from, 'linked.whl'));
    const seen: number[] = [];
    const files = await getFiles(host, { from, names: '*.whl', into }, { onProgress: (bytes) => seen.push(bytes) });
    expect(files.map(({ name, sizeBytes }) => [name, sizeBytes]).sort()).toEqual([
      ['-v-2.0.whl', 3],
      ['a b-1.0.whl', 3_000_001],
      ['linked.whl', 3],
    ]);
    expect(files.find(({ name }) => name.startsWith('a'))?.sha256).toBe(createHash('sha256').update(big).digest('hex'));
    expect(readdirSync(into).sort()).toEqual(['-v-2.0.whl', 'a b-1.0.whl', 'linked.whl']);
    expect(readFileSync(join(into, 'a b-1.0.whl')).equals(big)).toBe(true);
    expect(seen.at(-1)).toBe(3_000_007);
  });

  test('replace those of their names, and leave the others', async () => {
    mkdirSync(into, { recursive: true });
    writeFileSync(join(into, 'a.whl'), 'old');
    writeFileSync(join(into, 'mine.whl'), 'mine');
    writeFileSync(join(from, 'a.whl'), 'new');
    await getFiles(host, { from, names: '*.whl', into });
    expect(readFileSync(join(into, 'a.whl'), 'utf8')).toBe('new');
    expect(readFileSync(join(into, 'mine.whl'), 'utf8')).toBe('mine');
  });

  test('that are not there are named', async () => {
    await expect(getFiles(host, { from, names: '*.whl', into })).rejects.toMatchObject({
      code: 'absent',
      message: `no *.whl in ${from} of ${host.address}`,
    });
    const nowhere = join(from, 'nowhere');
    await expect(getFiles(host, { from: nowhere, names: '*.whl', into })).rejects.toMatchObject({ code: 'refused' });
    expect(readdirSync(into)).toEqual([]);
  });

  test('damaged on the way never take their names', async () => {
    writeFileSync(join(from, 'a.whl'), 'x'.repeat(100_000));
    let first = true;
    const damaging = through((chunk) => {
      if (!first) return chunk;
      first = false;
      const copy = Buffer.from(chunk);
      copy[2000] = 0;
      return copy;
    });
    await expect(getFiles(damaging, { from, names: '*.whl', into })).rejects.toMatchObject({
      code: 'digest',
      message: `a.whl of ${from} arrived damaged from ${host.address}`,
    });
    expect(readdirSync(into)).toEqual([]);
  });

  test('leave nothing half here when the run is interrupted', async () => {
    writeFileSync(join(from, 'a.whl'), seededBytes(20_000_000));
    const controller = new AbortController();
    const getting = getFiles(
      host,
      { from, names: '*.whl', into },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(getting).rejects.toMatchObject({ code: 'aborted' });
    expect(readdirSync(into)).toEqual([]);
  });

  test('that can’t be written here are no fault of the host', async () => {
    writeFileSync(join(from, 'a.whl'), 'a');
    writeFileSync(join(from, 'file'), '');
    const target = join(from, 'file', 'dist');
    await expect(getFiles(host, { from, names: '*.whl', into: target })).rejects.toMatchObject({
      code: 'local',
      message: expect.stringContaining(`can't write to ${target}: ENOTDIR`),
    });
  });
});
