import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BalanceRecord } from '../../../../src/balancing/record.ts';
import { parseRestartWindow } from '../../../../src/balancing/restartWindow.ts';
import type { BalanceTarget } from '../../../../src/balancing/targets.ts';
import type { InstanceRound } from '../../../../src/balancing/watchRound.ts';
import { NEW_INSTANCE } from '../../../../src/balancing/watchState.ts';
import { UserError } from '../../../../src/errors/userError.ts';
import type { BalanceChoices } from '../../../../src/operations/balance/types.ts';
import { NightlyRestart } from '../../../../src/operations/balance/watch/nightlyRestart.ts';
import { StateOnDisk } from '../../../../src/operations/balance/watch/store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'omniplace-turn-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const record = {
  target: 'decode',
  decision: 'applied',
  parBefore: 2,
  parPredicted: 1.1,
  parAfter: 1.2,
  movedExperts: 40,
};

/** Rounds at given times of day; `wants`: the look's decision takes a restart. */
function turn(hours: string | null, balanceRole: (role: string) => Promise<readonly BalanceRecord[]>) {
  let now = new Date(2026, 10, 22, 1, 0);
  const file = join(root, 'cluster.yml');
  const store = new StateOnDisk(file, { cluster: 'r1', nights: {}, instances: { D0: NEW_INSTANCE } });
  const targets = [{ name: 'decode', role: 'decode' }] as unknown as readonly BalanceTarget[];
  const context = { file, now: () => now, signal: new AbortController().signal };
  const window = hours === null ? null : parseRestartWindow(hours);
  const turn = new NightlyRestart(
    targets,
    { restartWindow: window, restart: { minGain: 0.02 } as BalanceChoices },
    context,
    balanceRole,
    store,
  );
  const look = (day: number, hour: number, wants: boolean | null, gain = 0.1) => {
    now = new Date(2026, 10, day, hour, 0);
    const layers = wants ? { restart_window: 3 } : { balanced: 3 };
    const decision = wants === null ? null : { layers, stepTimeGain: gain };
    return turn.take([{ name: 'D0', target: 'decode', decision } as unknown as InstanceRound]);
  };
  return { look, store };
}

describe('what takes a restart', () => {
  it('waits for the hours in which restarts are allowed, and happens once a night', async () => {
    const roles: string[] = [];
    const { look, store } = turn('02:00-04:00', async (role) => {
      roles.push(role);
      return [record as unknown as BalanceRecord];
    });
    await look(22, 1, true);
    expect(roles).toEqual([]);
    // the decision of before stands while no window brings another
    expect(await look(22, 2, null)).toEqual({ restarts: [record], problems: [] });
    await look(22, 3, true);
    expect(roles).toEqual(['decode']);
    await look(23, 2, true);
    await look(24, 2, false);
    await look(25, 2, true, 0.019);
    expect(roles).toEqual(['decode', 'decode']);
    expect(store.state.nights).toEqual({ decode: '2026-11-23' });
    expect(store.state.instances.D0).toMatchObject({
      par: { before: 2, predicted: 1.1, after: 1.2 },
      tally: { moves: 80 },
    });
  });

  it('never happens where no hours were named', async () => {
    const { look } = turn(null, () => Promise.reject(new Error('was restarted')));
    expect(await look(22, 3, true)).toEqual({ restarts: [], problems: [] });
  });

  it('is said where it fails, and tried again the next night', async () => {
    let tries = 0;
    const { look } = turn('22:00-04:00', () => {
      tries += 1;
      throw new UserError('too_few_windows', 'decode: 1 of 5 windows have load. Nothing was changed.');
    });
    const problems = ['decode: 1 of 5 windows have load. Nothing was changed.'];
    expect(await look(22, 23, true)).toEqual({ restarts: [], problems });
    await look(23, 1, true);
    expect(tries).toBe(1);
    expect((await look(23, 22, true)).problems).toEqual(problems);
  });
});
