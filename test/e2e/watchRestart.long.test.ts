import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BalanceRecord } from '../../src/balancing/record.ts';
import { restartWindowText } from '../../src/balancing/restartWindow.ts';
import { finished, LabRig, NO_LAB } from '../fakes/lab.ts';
import { OneHostCluster } from '../fakes/oneHostCluster.ts';
import { unless } from '../fakes/unless.ts';

const rig = new LabRig('night');
const started: ChildProcess[] = [];
let cluster: OneHostCluster;

describe('balance --watch of an engine that swaps nothing', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.up(1, 5);
    cluster = new OneHostCluster(rig, 1, 'night');
    const env = '{LAB_WINDOW_S: "1", LAB_TOKEN_MS: "10", LAB_LIVE_MAP: "0"}';
    cluster.write(`env: ${env}, placement: {mode: base, dump: true}`);
    const ran = await rig.omniplace('serve', cluster.file, '--yes', '--json');
    if (ran.code !== 0) throw new Error(`serve: ${ran.stdout}${ran.stderr}`);
    const traffic = ['--url', cluster.url, '--requests', '1000000', '-c', '16', '--skew', '1.2'];
    void finished(start('lab', 'load', ...traffic));
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGTERM');
    await rig.down();
    rig.forget();
  });

  it('restarts nothing outside of the hours that were named, and says what is to be gained', async () => {
    const rounds = await watched(hours(60, 120), ({ instances }) => (instances[0]?.decision?.stepTimeGain ?? 0) > 0);
    expect(rounds.at(-1)!.instances[0]!.decision!.layers).toHaveProperty('restart_window');
    expect(rounds.flatMap(({ restarts }) => restarts)).toEqual([]);
    expect(stampsOf(rounds).size).toBe(1);
    expect((await cluster.counts()).par).toBeGreaterThan(1.4);
  });

  it('rolls out within them, once, and serves better by the engine’s own counters', async () => {
    let looksAfter = 0;
    const rounds = await watched(hours(-60, 60), ({ restarts }, all) => {
      if (restarts.length === 0 && all.some((one) => one.restarts.length > 0)) looksAfter += 1;
      return looksAfter === 5;
    });
    const restarts = rounds.flatMap((round) => round.restarts);
    expect(restarts.map(({ target, decision, restarted }) => [target, decision, restarted])).toEqual([
      ['decode', 'applied', ['d0']],
    ]);
    expect(restarts[0]!.parAfter).toBeLessThan(restarts[0]!.parBefore! - 0.25);
    expect(stampsOf(rounds).size).toBe(2);
    const changed = (await rig.omniplace('serve', cluster.file, '--yes', '--json')).json<{ changed: number }>();
    expect(changed.changed).toBe(0);
  });
});

/** A look, of what --json says. */
interface Round {
  readonly instances: readonly {
    readonly engine: { readonly stamp: string };
    readonly decision: { readonly stepTimeGain: number; readonly layers: Readonly<Record<string, number>> } | null;
  }[];
  readonly restarts: readonly BalanceRecord[];
}

function stampsOf(rounds: readonly Round[]): ReadonlySet<string> {
  return new Set(rounds.flatMap(({ instances }) => instances.map(({ engine }) => engine.stamp)));
}

/** Hours around now, in minutes from it. */
function hours(from: number, to: number): string {
  const now = new Date();
  const minute = (after: number) => (now.getHours() * 60 + now.getMinutes() + after + 24 * 60) % (24 * 60);
  return restartWindowText({ from: minute(from), to: minute(to) });
}

/** Watches until `enough`, asked after each look, then ends it as Ctrl-C does. */
async function watched(window: string, enough: (last: Round, all: readonly Round[]) => boolean): Promise<Round[]> {
  const quick = ['--role', 'decode', '--interval', '1s', '--windows', '4', '--wait', '2', '--json'];
  const child = start('balance', cluster.file, '--watch', '--restart-window', window, ...quick);
  const ended = finished(child);
  const rounds: Round[] = [];
  for await (const line of createInterface(child.stdout!)) {
    const round = JSON.parse(line) as Round;
    rounds.push(round);
    if (!child.killed && enough(round, rounds)) child.kill('SIGINT');
  }
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(130);
  return rounds;
}

function start(...words: string[]): ChildProcess {
  const child = rig.start(...words);
  started.push(child);
  return child;
}
