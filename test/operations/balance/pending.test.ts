import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBalanceHistory, readPending } from '../../../src/operations/balance/files.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'omniplace-pending-'));
  mkdirSync(join(root, 'cluster.balance'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(root, 'cluster.balance', name), text);

describe('the change under way', () => {
  it('is null where no file is', async () => {
    expect(await readPending(join(root, 'cluster.yml'))).toBeNull();
  });

  it.each([
    ['{"version":1', 'not JSON'],
    ['{"version":2}', 'target must be text; it is missing'],
    ['{"version":1,"target":"decode","before":[],"next":[],"record":[]}', 'record must be a map; it is []'],
  ])('is refused with its file and every fault: %s', async (text, fault) => {
    write('pending.json', text);
    await expect(readPending(join(root, 'cluster.yml'))).rejects.toMatchObject({
      code: 'bad_pending',
      exitCode: 2,
      message: expect.stringContaining(`${join(root, 'cluster.balance', 'pending.json')}: ${fault}`),
    });
  });
});

describe('the history of balance', () => {
  it('skips lines that are cut short, and fills in what older lines lack', async () => {
    const line = { at: '2026-11-21T22:58:23Z', target: 'decode', decision: 'kept', reason: 'even' };
    write('history.jsonl', `${JSON.stringify(line)}\n{"at":"2026-11-2`);
    expect(await readBalanceHistory(join(root, 'cluster.yml'))).toEqual([
      expect.objectContaining({ ...line, cost: null, parBefore: null, restarted: [], timings: {} }),
    ]);
  });
});
