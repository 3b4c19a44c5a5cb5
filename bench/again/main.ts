import { spawn } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { PhaseTiming } from '../../src/report/timings.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { FakeCluster } from '../../test/fakes/fakeCluster.ts';

type Told = RunSummary & { readonly timings: readonly PhaseTiming[] };

interface Again {
  readonly wallS: number;
  /** Of the controller's whole process. */
  readonly cpuS: number;
  readonly told: Told;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      hosts: { type: 'string', default: '32' },
      runs: { type: 'string', default: '5' },
      deployment: { type: 'string' },
    },
  });
  const cluster = values.deployment === undefined ? new FakeCluster(Number(values.hosts)) : null;
  try {
    await cluster?.up();
    const file = values.deployment ?? cluster!.deployment();
    const env = cluster === null ? {} : { XDG_STATE_HOME: `${cluster.root}/home/me` };
    if (cluster !== null) await serve(file, env);
    const runs: Again[] = [];
    for (let run = 0; run < Number(values.runs); run += 1) runs.push(await serve(file, env));
    const row = rowOf(runs);
    const machine = { cores: cpus().length, node: process.version, load: loadavg()[0] };
    if (values.json) console.log(JSON.stringify({ machine, ...row, wallS: runs.map(({ wallS }) => wallS) }, null, 1));
    else
      console.log(`| hosts | s | controller CPU s | round trips of the probe | others | changes |\n|---|---|---|---|---|---|
| ${row.hosts} | ${row.seconds.toFixed(2)} | ${row.controllerCpuSeconds.toFixed(2)} | ${row.probeRoundTrips} | ${row.otherRoundTrips} | ${row.changed} |`);
  } finally {
    cluster?.down();
  }
}

function rowOf(runs: readonly Again[]) {
  const { traffic, changed, timings } = runs.at(-1)!.told;
  const trips = (rows: readonly PhaseTiming[]) => rows.reduce((sum, { roundTrips }) => sum + roundTrips, 0);
  return {
    hosts: Object.keys(traffic).length,
    seconds: median(runs.map(({ wallS }) => wallS)),
    controllerCpuSeconds: median(runs.map(({ cpuS }) => cpuS)),
    /** All hosts together. */
    probeRoundTrips: trips(timings.filter(({ phase }) => phase === 'probe')),
    otherRoundTrips: trips(timings.filter(({ phase }) => phase !== 'probe')),
    changed,
  };
}

/** @throws Error with its last words when it does not end well */
async function serve(file: string, env: Readonly<Record<string, string>>): Promise<Again> {
  const begunMs = performance.now();
  const script = '"$@" || exit; times >&2';
  const argv = ['-c', script, 'sh', process.execPath, 'bin/run.js', 'serve', file, '--yes', '--json'];
  const child = spawn('sh', argv, {
    env: { ...process.env, ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const wallS = (performance.now() - begunMs) / 1000;
  if (code !== 0) throw new Error(`serve ended with ${code}:\n${stderr.slice(-2000)}`);
  return { wallS, cpuS: childrenS(stderr), told: JSON.parse(stdout) as Told };
}

/** The last line of the shell's `times`: `0m0.12s 0m0.03s` */
function childrenS(said: string): number {
  const last = said.trim().split('\n').at(-1) ?? '';
  return [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, min, s]) => sum + 60 * Number(min) + Number(s), 0);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
