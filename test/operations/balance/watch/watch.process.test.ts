import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstanceRound, WatchRound } from '../../../../src/balancing/watchRound.ts';
import type { Deployment } from '../../../../src/deployment/deployment.ts';
import { UserError } from '../../../../src/errors/userError.ts';
import { DEFAULT_COST_MODEL } from '../../../../src/moves/costModel.ts';
import { lockWatch } from '../../../../src/operations/balance/folderLock.ts';
import type { BalanceContext } from '../../../../src/operations/balance/types.ts';
import { createWatchTeller } from '../../../../src/operations/balance/watch/text.ts';
import type { WatchChoices } from '../../../../src/operations/balance/watch/types.ts';
import { watch } from '../../../../src/operations/balance/watch/watch.ts';
import { basePlacement } from '../../../../src/placement/index.ts';
import { type RemoteHost, TransportError } from '../../../../src/transport/host.ts';
import { fakeDeployment, PLACEMENT } from '../../../fakes/deployment.ts';
import { FakeLiveEngine, skewedTokens } from '../../../fakes/liveEngine.ts';
import { LocalHost } from '../../../fakes/localHost.ts';

const [LAYERS, RANKS, EXPERTS] = [2, 4, 16];
const BASE = basePlacement(LAYERS, RANKS, EXPERTS);
const STAMP = '20261122_000000';
const { PATH } = process.env;
const skewed = (seed = 1) => skewedTokens(LAYERS, EXPERTS, seed);

const CHOICES: WatchChoices = {
  role: 'decode',
  intervalMs: 0,
  parThreshold: 1.1,
  paybackMs: 300_000,
  cooldown: 3,
  cost: DEFAULT_COST_MODEL,
  restartWindow: null,
  restart: {
    role: 'decode',
    solver: 'omniplace',
    kind: 'auto',
    seed: 0,
    expertShare: 0.4,
    minGain: 0.02,
    windows: 2,
    waitMs: 0,
    check: false,
    write: false,
  },
};

let root = '';
let host: RemoteHost | TransportError;
let ended: AbortController;
let nowMs = 0;
let onLoad: (deployment: Deployment) => Deployment;
const said: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'omniplace-watch-'));
  for (const name of ['dumps', 'bin', 'state/r1']) mkdirSync(join(root, name), { recursive: true });
  docker('echo "$*" >>"$0.log"');
  process.env.PATH = `${join(root, 'bin')}:${PATH}`;
  host = new LocalHost('10.0.0.2');
  ended = new AbortController();
  nowMs = 0;
  onLoad = (deployment) => deployment;
  said.length = 0;
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(root, { recursive: true, force: true });
});

function docker(script: string): void {
  writeFileSync(join(root, 'bin/docker'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, 'bin/docker'), 0o755);
}

const signals = () => {
  const log = join(root, 'bin/docker.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
};

function context(): BalanceContext {
  const placement = {
    ...PLACEMENT,
    enableRankRoundRobin: false,
    enableDump: true,
    dumpDir: join(root, 'dumps'),
  };
  const decode = fakeDeployment().decode[0]!.settings;
  const deployment = fakeDeployment({
    statePath: join(root, 'state'),
    decode: [{ hosts: ['10.0.0.2'], settings: { ...decode, placement } }],
  });
  return {
    pool: {
      open: async () => {
        if (host instanceof TransportError) throw host;
        return host;
      },
      hosts: () => [],
      closeAll: async () => undefined,
    },
    emit: () => undefined,
    signal: ended.signal,
    nowMs: () => nowMs,
    now: () => new Date('2026-11-22T03:00:00Z'),
    stateFolder: root,
    forks: 1,
    confirm: async () => undefined,
    show: (work) => work(() => undefined),
    file: join(root, 'cluster.yml'),
    load: async () => onLoad(deployment),
    say: (line) => void said.push(line),
    version: '0.0.0',
    dumpFolder: root,
  };
}

/** Looks as often as there are steps; each happens after a look. */
async function looks(...steps: ((round: WatchRound) => void | Promise<void>)[]): Promise<InstanceRound[]> {
  const rounds: InstanceRound[] = [];
  const tell = createWatchTeller(null);
  await watch(context(), CHOICES, {
    rounds: steps.length,
    onRound: async (round) => {
      rounds.push(round.instances[0]!);
      said.push(...tell(round));
      await steps[round.round - 1]!(round);
    },
  });
  return rounds;
}

const nothing = () => undefined;
const stateOnDisk = () => JSON.parse(readFileSync(join(root, 'cluster.balance/watch.json'), 'utf8')).instances.D0;

describe('a round of balance --watch', () => {
  it('fetches what is new, decides, asks by file and signal, and measures what came of it', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    const close = () => engine.close(skewed());
    engine.close(skewed());
    engine.close(skewed());
    const rounds = await looks(close, close, nothing);
    expect(rounds.map(({ newWindows }) => newWindows)).toEqual([2, 1, 1]);
    expect(signals()).toEqual(['exec omniplace_decode_d0 sh -c kill -USR1 "$1" sh 4711']);
    expect(engine.epoch).toBe(1);
    const moved = rounds[0]!.decision!.movedExperts;
    const numbers = /PAR (\d\.\d{3}) -> (\d\.\d{3}) is predicted to save (\d+\.\d) %/.exec(said[1]!)!;
    expect(said).toEqual([
      `D0: watched; its engine, started ${STAMP}, swaps experts while it serves`,
      `D0: asks to swap 2 of 2 layers, ${moved} experts: mean ${numbers[0]} of a step`,
      `D0: serves map 1 from window 4 on: ${moved} experts moved`,
      `D0: nothing moves at mean PAR ${numbers[2]}: of 2 layers 1 balanced, 1 moved a short while ago`,
      `D0: mean PAR ${numbers[2]} measured, ${numbers[2]} predicted, ${numbers[1]} before`,
    ]);
    expect(Number(numbers[1])).toBeGreaterThan(1.2);
    expect(Number(numbers[2])).toBeLessThan(Number(numbers[1]) * 0.9);
  });

  it('goes on after a kill between request and answer: the answer is found by its id, and nothing asked twice', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.close(skewed());
    engine.close(skewed());
    await looks(nothing);
    expect(stateOnDisk().asked.id).toBe(engine.request()!.id);
    engine.close(skewed());
    const [round] = await looks(nothing);
    expect(round!.notes.map(({ kind }) => kind)).toEqual(['swapped']);
    expect([signals().length, engine.epoch, stateOnDisk().asked]).toEqual([1, 1, null]);
  });

  it('goes on after a kill before the request was sent: the same is asked for under the same id', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.close(skewed());
    engine.close(skewed());
    docker('echo "no such container" >&2; exit 1');
    const [failed] = await looks(nothing);
    expect(failed!.problem).toBe('10.0.0.2: no such container');
    const { id } = stateOnDisk().asked;
    docker('echo "$*" >>"$0.log"');
    await looks(nothing);
    expect([engine.request()!.id, signals().length]).toEqual([id, 1]);
  });

  it('asks once more when a window closed without an answer, and takes the engine for deaf after three', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.silent = true;
    const close = () => engine.close(skewed());
    engine.close(skewed());
    await looks(
      close,
      nothing,
      close,
      close,
      close,
      () => {
        close();
        engine.silent = false;
      },
      close,
      nothing,
    );
    expect(said.slice(2)).toEqual([
      expect.stringMatching(/^D0: asks to swap 2 of 2 layers/),
      'D0: no answer to the swap within 3 windows: till it comes, only a restart moves its experts',
      expect.stringMatching(
        /^D0: 2 of 2 layers would gain: .*; it takes a restart, and none is allowed \(--restart-window\)$/,
      ),
      expect.stringMatching(/^D0: serves map 1 from window 8 on/),
      expect.stringMatching(/^D0: nothing moves at mean PAR/),
    ]);
    expect(signals()).toHaveLength(3);
  });

  it('asks a restarted engine at once for what served before', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.close(skewed());
    engine.close(skewed());
    let again = engine;
    await looks(
      () => engine.close(skewed()),
      () => {
        again = new FakeLiveEngine(join(root, 'dumps'), '20261122_010000', BASE);
      },
      () => again.close(skewed()),
      nothing,
    );
    expect(again.placement.slotExpert).toEqual(engine.placement.slotExpert);
    expect(said.slice(-4)).toEqual([
      'D0: its engine was started anew, 20261122_010000',
      expect.stringMatching(/^D0: asks for what served before its restart in 2 of 2 layers, \d+ experts: mean PAR/),
      expect.stringMatching(/^D0: serves map 1 from window 2 on: \d+ experts moved$/),
      expect.stringMatching(/^D0: nothing moves at mean PAR/),
    ]);
  });

  it('says that no windows come, and that they come again', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.close(skewed(), 200);
    const rounds = await looks(
      () => {
        nowMs += 5_000;
      },
      () => engine.close(skewed()),
      nothing,
    );
    expect(rounds.map(({ stalled }) => stalled)).toEqual([true, true, false]);
    expect(said.filter((line) => /NO WINDOW|again/.test(line))).toEqual([
      expect.stringMatching(/^D0: NO WINDOW since 3 min 2\d s: does its engine still run and record\?$/),
      'D0: windows come again',
    ]);
  });

  it('says once that a host can’t be reached, lets the age of its windows grow, and goes on when it is back', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.close(skewed());
    const there = host;
    const rounds = await looks(
      () => {
        host = new TransportError('unreachable', '10.0.0.2', '10.0.0.2 does not answer', null);
        nowMs += 100_000;
      },
      () => {
        nowMs += 100_000;
      },
      () => {
        host = there;
      },
      nothing,
    );
    expect(rounds.map(({ problem }) => problem)).toEqual([
      null,
      '10.0.0.2 does not answer',
      '10.0.0.2 does not answer',
      null,
    ]);
    expect(rounds.map(({ ageSeconds }) => Math.round(ageSeconds! / 100))).toEqual([0, 1, 2, 0]);
    expect(said.slice(2)).toEqual([
      'D0: 10.0.0.2 does not answer',
      expect.stringMatching(/^D0: NO WINDOW since 3 min 2\d s: does its engine still run and record\?$/),
      'D0: that is over: it is looked at again',
      'D0: windows come again',
    ]);
  });

  it('asks for nothing while somebody else changes the cluster, and does when a dead one’s lease stands still', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    const who = { owner: 'me@there', host: 'there', pid: 7, boot: null, started: null, run: 'r', command: 'serve' };
    const lease = { id: 'x', ...who, since: '2026-11-22T02:00:00.000Z', seq: 1, ttl: 30, token: 1 };
    writeFileSync(join(root, 'state/r1/lease'), JSON.stringify(lease));
    engine.close(skewed());
    engine.close(skewed());
    const rounds = await looks(() => {
      nowMs += 40_000;
      engine.close(skewed());
    }, nothing);
    expect(rounds.map(({ decision }) => decision?.layers)).toEqual([{ locked: 2 }, { gain: 2 }]);
    expect(rounds[0]!.problem).toBe(
      'locked by me@there (serve, run r, process 7 of there, since 2026-11-22 02:00:00 UTC)',
    );
    expect(signals()).toHaveLength(1);
  });

  it('moves nothing while the deployment file can’t be read, and ends when it says something else', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    const close = () => engine.close(skewed());
    const broken = () => {
      throw new UserError('bad_deployment', 'cluster.yml:3:1 is no YAML');
    };
    const [mended, changed] = [(one: Deployment) => one, (one: Deployment) => ({ ...one, name: 'other' })];
    close();
    const rounds: number[] = [];
    const watching = watch(context(), CHOICES, {
      rounds: 4,
      onRound: ({ instances, problems, round }) => {
        rounds.push(instances.length);
        said.push(...problems);
        close();
        onLoad = [mended, broken, mended, changed][round]!;
      },
    });
    await expect(watching).rejects.toThrow(`${root}/cluster.yml was changed since it is watched.`);
    expect(rounds).toEqual([1, 0, 1]);
    expect(said).toEqual([
      `${root}/cluster.yml can't be read, and nothing moves until it can: cluster.yml:3:1 is no YAML`,
    ]);
    expect(stateOnDisk().step).toBe(3);
    expect(existsSync(join(root, 'cluster.balance/watch.lock'))).toBe(false);
  });

  it('names a map that cannot be read, and touches nothing', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.close(skewed());
    writeFileSync(join(engine.folder, 'live-map/engine.json'), '{"version":2}');
    const [round] = await looks(nothing);
    expect(round!.problem).toBe('live-map/engine.json: it is of version 2, 1 is understood');
    expect(round!.state.stamp).toBeNull();
  });

  it('tells what a folder without any start means', async () => {
    const [round] = await looks(nothing);
    expect(round!.problem).toBe(`no engine has written windows to ${join(root, 'dumps')} yet`);
  });
});

describe('who watches', () => {
  it('is alone beside a deployment file, and says nothing before that is sure', async () => {
    const unlock = await lockWatch(join(root, 'cluster.yml'));
    await expect(looks(nothing)).rejects.toMatchObject({ code: 'watch_locked', exitCode: 5 });
    expect(said).toEqual([]);
    await unlock();
    await looks(nothing);
    expect(existsSync(join(root, 'cluster.balance/watch.lock'))).toBe(false);
  });

  it('refuses a state that it does not understand', async () => {
    mkdirSync(join(root, 'cluster.balance'));
    writeFileSync(join(root, 'cluster.balance/watch.json'), '{"version":9}');
    await expect(looks(nothing)).rejects.toMatchObject({
      code: 'bad_watch_state',
      message: `${join(root, 'cluster.balance/watch.json')} can't be gone on from: it is of version 9, 1 is understood`,
    });
  });

  it('ends between two looks when it is interrupted', async () => {
    const engine = new FakeLiveEngine(join(root, 'dumps'), STAMP, BASE);
    engine.close(skewed());
    const rounds = await looks(() => ended.abort(), nothing);
    expect([rounds.length, stateOnDisk().step]).toEqual([1, 1]);
  });
});
