import type { ChildProcess } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, LabRig, NO_LAB } from '../fakes/lab.ts';
import { type DecodeCounts, OneHostCluster } from '../fakes/oneHostCluster.ts';
import { unless } from '../fakes/unless.ts';

const NUM_WINDOWS = 22;
const WINDOW_S = 4;
const ENGINE = `env: {LAB_WINDOW_S: "${WINDOW_S}", LAB_TOKEN_MS: "20"}`;
const SKEWED = ['--skew', '1.2', '--requests', '1000000', '-c', '12', '--seed', '3'];
const rig = new LabRig('drift');
const started: ChildProcess[] = [];
let clusters: { fixed: OneHostCluster; watched: OneHostCluster; dynamic: OneHostCluster };

// three clusters of one host each, side by side under the same requests: what differs is who places their experts
describe('drifting traffic', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.up(3, 5);
    const [fixed, watched, dynamic] = ['static', 'watch', 'dynamic'].map(
      (name, at) => new OneHostCluster(rig, at + 1, name),
    );
    clusters = { fixed: fixed!, watched: watched!, dynamic: dynamic! };
    clusters.fixed.write(`${ENGINE}, placement: {mode: base, dump: true}`);
    clusters.dynamic.write(`${ENGINE}, placement: {mode: redundant}`);
    await Promise.all([clusters.fixed, clusters.dynamic].map(serve));
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGTERM');
    await rig.down();
    rig.forget();
  });

  it(`costs least over ${NUM_WINDOWS} windows where balance --watch places`, async () => {
    const { fixed, watched, dynamic } = clusters;
    const all = [fixed, watched, dynamic];
    // the pattern of the first windows, by balance, serves in two of them; as many slots as the dynamic mode has
    const first = load(fixed);
    const balanced = await rig.omniplace(
      'balance',
      fixed.file,
      '--role',
      'decode',
      '--kind',
      'redundant',
      '--windows',
      '4',
      '--wait',
      '2',
      '--yes',
    );
    await end(first);
    expect(balanced.code, balanced.stderr).toBe(0);
    const folder = fixed.file.replace(/\.yml$/, '.balance');
    const pattern = readdirSync(folder).find((name) => name.endsWith('.npy'))!;
    copyFileSync(join(folder, pattern), join(rig.folder, 'first.npy'));
    watched.write(`${ENGINE}, placement: {mode: static, pattern_path: first.npy, dump: true}`);
    await serve(watched);

    const watching = ['--watch', '--interval', '1s', '--windows', '2', '--cooldown', '0', '--par-threshold', '1.02'];
    const watch = start('balance', watched.file, '--role', 'decode', ...watching);
    const watchEnded = finished(watch);
    await new Promise((resolve) => watch.stdout!.once('data', resolve));
    const traffic = all.map((cluster) => load(cluster, '--drift', `${45 * WINDOW_S}s`));
    // dynamic mode needs a window or two to find its first placement
    const before = await whenWindows(all, await countsOf(all), 3);
    const after = await whenWindows(all, before, NUM_WINDOWS);
    watch.kill('SIGINT');
    const { code, stdout } = await watchEnded;
    expect(code, stdout).toBe(130);
    const [inStatic, inWatched, inDynamic] = all.map((_, at) => between(before[at]!, after[at]!));
    process.stderr.write(`drifting traffic: ${JSON.stringify({ inStatic, inWatched, inDynamic })}\n`);
    expect(inStatic!.expertsMoved).toBe(0);
    expect(inWatched!.meanPar, stdout).toBeLessThan(inDynamic!.meanPar);
    expect(inWatched!.meanPar).toBeLessThan(inStatic!.meanPar - 0.05);
    const answered = await Promise.all(traffic.map(end));
    expect(answered.map(({ failed }) => failed)).toEqual([0, 0, 0]);
  }, 600_000);
});

async function serve({ file }: OneHostCluster): Promise<void> {
  const ran = await rig.omniplace('serve', file, '--yes', '--json');
  if (ran.code !== 0) throw new Error(`serve: ${ran.stdout}${ran.stderr}`);
}

function start(...words: string[]): ChildProcess {
  const child = rig.start(...words);
  started.push(child);
  return child;
}

function load({ url }: OneHostCluster, ...words: string[]): ChildProcess {
  return start('lab', 'load', '--url', url, ...SKEWED, '--json', ...words);
}

async function end(traffic: ChildProcess): Promise<{ failed: number }> {
  const ended = finished(traffic);
  traffic.kill('SIGTERM');
  return (await ended).json<{ failed: number }>();
}

function countsOf(all: readonly OneHostCluster[]): Promise<DecodeCounts[]> {
  return Promise.all(all.map((cluster) => cluster.counts()));
}

/** Counts once every cluster has closed so many further windows with load. */
async function whenWindows(
  all: readonly OneHostCluster[],
  since: readonly DecodeCounts[],
  more: number,
): Promise<DecodeCounts[]> {
  for (;;) {
    const counts = await countsOf(all);
    if (counts.every(({ windows }, at) => windows >= since[at]!.windows + more)) return counts;
    await delay(250);
  }
}

function between(before: DecodeCounts, after: DecodeCounts) {
  const windows = after.windows - before.windows;
  return {
    windows,
    meanPar: (after.parSum - before.parSum) / windows,
    expertsMoved: after.expertsMoved - before.expertsMoved,
  };
}
