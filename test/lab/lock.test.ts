import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLock } from '../../src/lab/lock.ts';
import { identityOf } from '../../src/lab/processIdentity.ts';
import { unless } from '../fakes/unless.ts';

describe('a lock', unless(process.platform === 'linux' ? null : 'needs Linux'), () => {
  let folder = '';
  const lock = () => join(folder, 'a.lock');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'omniplace-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('lets one work at a time, tells the others that they wait, and is gone after', async () => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} in`);
      await sleep(20);
      events.push(`${name} out`);
    };
    const first = withLock(lock(), () => events.push('first waits'), work('first'));
    const second = withLock(lock(), () => events.push('second waits'), work('second'));
    await Promise.all([first, second]);
    expect(events).toEqual(['first in', 'second waits', 'first out', 'second in', 'second out']);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is freed when the work fails', async () => {
    const failing = withLock(
      lock(),
      () => undefined,
      () => Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('left by a process that is gone is taken over', async () => {
    const { pid, startTicks } = identityOf(process.pid)!;
    const fields = Array.from({ length: 18 }, () => '0').join(' ');
    writeFileSync(lock(), `${pid} (node) S ${fields} ${startTicks - 1} 0\n`);
    expect(
      await withLock(
        lock(),
        () => undefined,
        async () => 'done',
      ),
    ).toBe('done');
  });

  test('is no longer waited for after an interruption', async () => {
    const signal = AbortSignal.timeout(50);
    const holding = withLock(
      lock(),
      () => undefined,
      () => sleep(300),
    );
    await expect(
      withLock(
        lock(),
        () => undefined,
        async () => 'done',
        signal,
      ),
    ).rejects.toThrow('aborted');
    await holding;
  });
});
