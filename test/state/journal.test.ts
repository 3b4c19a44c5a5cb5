import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRunId, openJournal } from '../../src/state/journal.ts';
import { lastDeployment, rememberDeployment } from '../../src/state/lastDeployment.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the journal', () => {
  it('holds a run line by line, readable by its owner alone', async () => {
    const plan = { cluster: 'c', digest: 'd', generation: 'g', steps: [] };
    const journal = await openJournal(folder, {
      run: 'r1',
      deployment: '/x.yml',
      command: 'serve',
      plan,
      startedAt: '2026-11-21T22:58:23.000Z',
      asked: null,
    });
    await journal.begin([]);
    await journal.close({ outcome: 'done', exitCode: 0 });
    const lines = readFileSync(journal.path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.kind)).toEqual(['run', 'begin', 'closed']);
    expect(lines[0]).toMatchObject({ run: 'r1', deployment: '/x.yml', generation: 'g', plan: 'd' });
    expect(statSync(journal.path).mode & 0o777).toBe(0o600);
  });

  it('never takes the place of another run', async () => {
    const plan = { cluster: 'c', digest: 'd', generation: 'g', steps: [] };
    const header = { run: 'r1', command: 'serve', deployment: '/x.yml', plan, startedAt: '', asked: null };
    await (await openJournal(folder, header)).close({ outcome: 'done', exitCode: 0 });
    await expect(openJournal(folder, header)).rejects.toThrow(/EEXIST/);
  });

  it('names runs so that they sort by time', () => {
    expect(newRunId(new Date('2026-11-21T22:58:23Z'))).toMatch(/^20261121-225823-[0-9a-f]{4}$/);
  });
});

describe('the last deployment', () => {
  it('is remembered, and unknown before', async () => {
    expect(await lastDeployment(folder)).toBe(null);
    await rememberDeployment(folder, '/home/user/cluster.yml');
    expect(await lastDeployment(folder)).toBe('/home/user/cluster.yml');
  });
});
