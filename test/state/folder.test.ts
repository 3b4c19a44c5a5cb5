import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../src/operations/session/session.ts';
import { makeStateFolder, stateFolder } from '../../src/state/folder.ts';

let folder: string;
let home: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-state-'));
  home = process.env.XDG_STATE_HOME;
});
afterEach(() => {
  if (home === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = home;
  rmSync(folder, { recursive: true });
});

describe('the state folder', () => {
  it('is made with its parents, for its owner alone, and may be there already', async () => {
    const state = stateFolder({ XDG_STATE_HOME: join(folder, 'a/b') });
    await makeStateFolder(state);
    await makeStateFolder(state);
    expect(statSync(state).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['is a file', () => join(folder, 'state'), /: .*state\/omniplace is no folder$/],
    ['stands below a file', () => join(folder, 'state/omniplace'), /: ENOTDIR: /],
    ['can not be made', () => '/proc/x', /: ENOENT: .*mkdir '\/proc\/x'$/],
  ])('stops a run before any host is asked when it %s', async (_, place, why) => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(join(folder, 'state/omniplace'), '');
    process.env.XDG_STATE_HOME = place();
    const opening = openSession({ file: 'none.yml', overrides: [], json: true, verbose: false, journaled: true });
    await expect(opening).rejects.toMatchObject({
      code: 'bad_state_folder',
      exitCode: 2,
      message: expect.stringMatching(why),
      hint: 'Set XDG_STATE_HOME to a folder that you may write.',
    });
  });
});
