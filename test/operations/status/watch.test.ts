import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { digestOfFile, rememberedDigests } from '../../../src/operations/cluster/fileDigests.ts';
import type { Session } from '../../../src/operations/session/session.ts';
import { statusWatchCommand } from '../../../src/operations/status/statusCommand.ts';
import { TransportError } from '../../../src/transport/host.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

const folder = mkdtempSync(join(tmpdir(), 'omniplace-watch-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

it('reads the code once, however often status --watch refreshes', async () => {
  mkdirSync(join(folder, 'omniinfer'));
  const file = join(folder, 'omniinfer/main.py');
  writeFileSync(file, 'print(1)\n');
  const ended = new AbortController();
  const session = {
    deployment: fakeDeployment({ codePath: folder }),
    signal: ended.signal,
    now: () => new Date(0),
    stateFolder: folder,
    pool: {
      open: async (address: string) => {
        throw new TransportError('unreachable', address, 'no answer', null);
      },
    },
  } as unknown as Session;
  const documents: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    documents.push(String(text));
    if (documents.length === 3) ended.abort();
    return true;
  });
  const read: string[] = [];
  const digestOf = rememberedDigests(
    (path) => {
      read.push(path);
      return digestOfFile(path);
    },
    () => Number.POSITIVE_INFINITY,
  );
  expect(await statusWatchCommand(session, 1, { json: true, slowMs: 2_000, tokenMs: 1_000, only: [] }, digestOf)).toBe(
    130,
  );
  expect(documents.map((text) => JSON.parse(text).state)).toEqual(['unreachable', 'unreachable', 'unreachable']);
  expect(read).toEqual([file]);
});
