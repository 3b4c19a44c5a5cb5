import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildClusterView } from '../../src/operations/cluster/clusterView.ts';
import { validateFile } from '../../src/operations/cluster/validate.ts';
import { freshFacts } from '../../test/fakes/facts.ts';
import { NO_INPUTS } from '../../test/fakes/inputs.ts';
import { cpuOf } from '../cpuOf.ts';
import { median } from '../median.ts';
import { deploymentOf } from './deploymentOf.ts';

/** More CPU than this, in percent, is a regression. */
const MOST_PERCENT = 5;

/** Compares the CPU of whole commands with those of another built checkout, in turn, so that a busy machine slows down both. */
export async function against(checkout: string, runs: number, folder: string): Promise<boolean> {
  if (!existsSync(join(checkout, 'dist/cli/start.js'))) throw new Error(`${checkout} has no build`);
  const small = join(folder, '20.yml');
  writeFileSync(small, deploymentOf(20, 1));
  const large = join(folder, '100.yml');
  writeFileSync(large, deploymentOf(36, 64));
  const facts = join(folder, 'facts.json');
  writeFileSync(facts, JSON.stringify(await factsFor(large)));
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['--version', ['--version']],
    ['--help', ['--help']],
    ['serve --help', ['serve', '--help']],
    ['validate of 20 prefill, 1 decode hosts', ['validate', small]],
    ['validate of 100 hosts', ['validate', large]],
    ['plan of 100 hosts', ['serve', large, '--check', '--facts', facts]],
  ];
  console.log(`CPU of whole commands, medians of ${runs} runs in turn with ${checkout}`);
  console.log(`${'command'.padEnd(42)}  old ms   new ms  change`);
  const changes = commands.map(([what, argv]) => show(what, argv, [resolve(checkout), process.cwd()], runs, folder));
  return changes.every((percent) => percent <= MOST_PERCENT);
}

function show(
  what: string,
  argv: readonly string[],
  checkouts: readonly [string, string],
  runs: number,
  home: string,
): number {
  const times: readonly [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    // each is the first every other time
    for (const side of run % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
      times[side].push(cpuOf([join(checkouts[side], 'bin/run.js'), ...argv], home));
  }
  const [before, after] = times.map(median) as [number, number];
  const percent = 100 * (after / before - 1);
  const cells = [before.toFixed(0).padStart(7), after.toFixed(0).padStart(8), `${percent.toFixed(1)} %`.padStart(8)];
  console.log(`${what.padEnd(42)} ${cells.join(' ')}${percent > MOST_PERCENT ? '  MISSED' : ''}`);
  return percent;
}

async function factsFor(file: string) {
  const { deployment } = await validateFile(file, { overrides: [] });
  if (deployment === null) throw new Error(`${file} has faults`);
  return freshFacts(buildClusterView(deployment, NO_INPUTS, {}).topology, deployment.image);
}
