import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, LabRig, NO_LAB } from '../fakes/lab.ts';
import { OneHostCluster } from '../fakes/oneHostCluster.ts';
import { unless } from '../fakes/unless.ts';
import { until } from '../lab/processRig.ts';

const rig = new LabRig('watch');
const QUICK = ['--role', 'decode', '--interval', '1s', '--windows', '3', '--json'];
const started: ChildProcess[] = [];
let cluster: OneHostCluster;

describe('balance --watch in the lab', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.up(1, 5);
    cluster = new OneHostCluster(rig, 1, 'watch');
    cluster.write('env: {LAB_WINDOW_S: "1", LAB_TOKEN_MS: "10"}, placement: {mode: base, dump: true}');
    const ran = await rig.omniplace('serve', cluster.file, '--yes', '--json');
    if (ran.code !== 0) throw new Error(`serve: ${ran.stdout}${ran.stderr}`);
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGTERM');
    await rig.down();
    rig.forget();
  });

  it('does nothing under even traffic', async () => {
    const traffic = load('--skew', '0');
    // what it decides on is full for four looks
    const rounds = await watched((all) => all.filter(({ windows }) => windows.kept === 3).length === 4);
    await end(traffic);
    expect(rounds.flatMap(({ decision }) => decision?.moves ?? [])).toEqual([]);
    expect(rounds.at(-1)!.totals.moves).toBe(0);
    expect((await cluster.counts()).expertsMoved).toBe(0);
  });

  it('swaps experts while the engine serves, and PAR falls by the engine’s own counters', async () => {
    const traffic = load('--skew', '1.2');
    await until(async () => (await cluster.counts()).par > 1.4);
    const { par } = await cluster.counts();
    const rounds = await watched(async () => (await cluster.counts()).par < par - 0.25);
    const answers = await end(traffic);
    expect(rounds.some(({ decision }) => (decision?.moves.length ?? 0) > 0)).toBe(true);
    expect((await cluster.counts()).expertsMoved).toBeGreaterThan(0);
    // without a restart: the same start of the engine, nothing to do for serve, and no request noticed
    expect(new Set(rounds.map(({ engine }) => engine.stamp)).size).toBe(1);
    expect((await rig.omniplace('serve', cluster.file, '--yes', '--json')).json<{ changed: number }>().changed).toBe(0);
    expect(answers.failed).toBe(0);
  });
});

/** The decode instance after a round, of what --json says. */
interface Round {
  readonly engine: { readonly stamp: string };
  readonly windows: { readonly kept: number };
  readonly decision: { readonly moves: readonly unknown[] } | null;
  readonly totals: { readonly moves: number };
}

/** Watches until `enough`, asked after each look, then ends it as Ctrl-C does. */
async function watched(enough: (rounds: readonly Round[]) => boolean | Promise<boolean>): Promise<Round[]> {
  const child = start('balance', cluster.file, '--watch', ...QUICK);
  const ended = finished(child);
  const rounds: Round[] = [];
  for await (const line of createInterface(child.stdout!)) {
    rounds.push((JSON.parse(line) as { instances: Round[] }).instances[0]!);
    if (!child.killed && (await enough(rounds))) child.kill('SIGINT');
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

function load(...words: string[]): ChildProcess {
  return start('lab', 'load', '--url', cluster.url, '--requests', '1000000', '-c', '16', '--json', ...words);
}

async function end(traffic: ChildProcess): Promise<{ failed: number }> {
  const ended = finished(traffic);
  traffic.kill('SIGTERM');
  return (await ended).json<{ failed: number }>();
}
