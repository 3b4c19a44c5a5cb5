import { spawnSync } from 'node:child_process';
import type { LocalInputs } from '../../src/engines/inputs.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { buildClusterView, planOf } from '../../src/operations/cluster/clusterView.ts';
import { HOSTILE } from '../../test/deployment/hostileFiles.ts';
import { faultsOf } from '../../test/deployment/sample.ts';
import { clusterOf } from '../../test/fakes/clusters.ts';
import { fakeDeployment } from '../../test/fakes/deployment.ts';
import { freshFacts } from '../../test/fakes/facts.ts';
import { NO_INPUTS } from '../../test/fakes/inputs.ts';
import { median } from '../median.ts';

const at = process.argv.indexOf('--runs');
const RUNS = at < 0 ? 5 : Number(process.argv[at + 1]);
const WHEEL = '/home/user/dist/omni_infer-1-py3-none-any.whl';
const address = (n: number) => `10.0.0.${n + 1}`;

const bareMs = median(Array.from({ length: RUNS }, bareNodeMs));
console.log(`CPU, medians of ${RUNS} warm runs; a start of bare node takes ${bareMs.toFixed(0)} ms`);
console.log(`${'work'.padEnd(42)} ours ms  times node  bar`);
row('planning 100 hosts from nothing', planningHundred(), 2);
row('looking through 32 hosts of 16 dies', lookingThrough(), 2);
for (const [what, text] of HOSTILE) row(`refusing ${what}`, () => void faultsOf(text), 14);

function row(what: string, work: () => void, bar: number): void {
  work();
  const ms = median(Array.from({ length: RUNS }, () => cpuMs(work)));
  const ratio = ms / bareMs;
  const cells = [ms.toFixed(1).padStart(7), ratio.toFixed(2).padStart(11)];
  console.log(`${what.padEnd(42)} ${cells.join(' ')}  ${bar}${ratio > bar ? ': MISSED' : ''}`);
}

function planningHundred(): () => void {
  const deployment = fakeDeployment({
    prefill: Array.from({ length: 40 }, (_, i) => ({ hosts: [address(i)] })),
    decode: [{ hosts: Array.from({ length: 60 }, (_, i) => address(40 + i)) }],
    codePath: '/home/user/code',
    wheels: [WHEEL],
  });
  const inputs: LocalInputs = {
    files: { [WHEEL]: { sha256: 'ab'.repeat(32), sizeBytes: 1000 } },
    bytes: {},
    trees: { '/home/user/code/omniinfer': 'cd'.repeat(32) },
  };
  const facts = freshFacts(topologyOf(deployment), deployment.image);
  return () => void planOf(buildClusterView(deployment, inputs, facts));
}

function lookingThrough(): () => void {
  const dies = Array.from({ length: 16 }, (_, die) => die);
  const hosts = Array.from({ length: 32 }, (_, i) => address(i));
  const deployment = fakeDeployment({
    prefill: Array.from({ length: 8 }, (_, i) => ({ hosts: [hosts[i]!], dies })),
    decode: [{ hosts: hosts.slice(8), dies }],
  });
  const { facts } = clusterOf(deployment, false);
  return () => void planOf(buildClusterView(deployment, NO_INPUTS, facts));
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function bareNodeMs(): number {
  const program = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)';
  return Number(spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout);
}
