import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockBalance, lockWatch } from '../../../src/operations/balance/folderLock.ts';
import { thisProcess } from '../../../src/state/thisProcess.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'omniplace-lock-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = () => join(root, 'cluster.yml');
const inFolder = (name: string) => join(root, 'cluster.balance', name);
const { owner, pid, host } = thisProcess();

describe.each([
  {
    take: lockWatch,
    name: 'watch.lock',
    code: 'watch_locked',
    does: 'watches',
    hint: 'End that one first.',
  },
  {
    take: lockBalance,
    name: 'balance.lock',
    code: 'balance_locked',
    does: 'balances',
    hint: 'Wait until that one is done, or end it: the next one takes up what it began.',
  },
])('$name', ({ take, name, code, does, hint }) => {
  it('names who holds it, and goes with him', async () => {
    const unlock = await take(file());
    await expect(take(file())).rejects.toMatchObject({
      code,
      exitCode: 5,
      message: `${owner} ${does} this cluster already: process ${pid} of ${host}.`,
      hint: `${hint} Where its machine is gone, delete ${inFolder(name)}.`,
    });
    expect(readdirSync(inFolder(''))).toEqual([name]);
    await unlock();
    expect(readdirSync(inFolder(''))).toEqual([]);
    await (await take(file()))();
  });

  it('is taken over from one that was killed, also where another process has its number now', async () => {
    mkdirSync(inFolder(''));
    const dead = { ...thisProcess(), pid: 2 ** 22 + 1 };
    const another = { ...thisProcess(), started: 1 };
    for (const left of [JSON.stringify(dead), JSON.stringify(another), '']) {
      writeFileSync(inFolder(name), left);
      const unlock = await take(file());
      await expect(take(file())).rejects.toMatchObject({ code });
      await unlock();
      expect(readdirSync(inFolder(''))).toEqual([]);
    }
  });
});

it('leaves a watcher alone while somebody balances by hand', async () => {
  const unlock = await lockWatch(file());
  await (await lockBalance(file()))();
  expect(existsSync(inFolder('watch.lock'))).toBe(true);
  await unlock();
});
