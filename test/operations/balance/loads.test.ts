import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Overlay, overridesOf } from '../../../src/balancing/overlay.ts';
import { balance } from '../../../src/operations/balance/balance.ts';
import type { BalanceChoices, BalanceContext } from '../../../src/operations/balance/types.ts';
import { TransportError } from '../../../src/transport/host.ts';
import { fakeDeployment, PLACEMENT } from '../../fakes/deployment.ts';

const CHOICES: BalanceChoices = {
  role: 'decode',
  solver: 'omniplace',
  kind: 'auto',
  seed: 0,
  expertShare: 0.4,
  minGain: 0.02,
  windows: 5,
  waitMs: 0,
  check: true,
  write: false,
};
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-balance-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The overlays that `balance` loads the deployment with, where no host answers. */
async function loads(enableDump: boolean): Promise<readonly (readonly string[])[]> {
  const settings = { placement: { ...PLACEMENT, enableDump, dumpDir: '/data/dump' } };
  const decode = [{ hosts: ['10.0.0.2', '10.0.0.3'], settings }];
  const loaded: Overlay[] = [];
  const context = {
    file: join(folder, 'cluster.yml'),
    dumpFolder: join(folder, 'dumps'),
    version: '0',
    forks: 64,
    stateFolder: folder,
    signal: new AbortController().signal,
    now: () => new Date(0),
    nowMs: () => 0,
    emit: () => {},
    say: () => {},
    confirm: async () => {},
    show: (work) => work(() => {}),
    pool: {
      open: async (address: string) => {
        throw new TransportError('unreachable', address, 'no answer', null);
      },
    } as unknown as BalanceContext['pool'],
    load: async (overlay) => {
      loaded.push(overlay);
      return fakeDeployment({ decode });
    },
  } as BalanceContext;
  await expect(balance(context, CHOICES)).rejects.toThrow('no answer');
  return loaded.map(overridesOf);
}

it('loads the deployment once for a target that records already', async () => {
  expect(await loads(true)).toEqual([[]]);
});

it('also loads the deployment with the overlay that makes a target record', async () => {
  const dumps = ['services.decode.placement.dump=true', 'services.decode.placement.enable_dump=true'];
  expect(await loads(false)).toEqual([[], dumps]);
});
