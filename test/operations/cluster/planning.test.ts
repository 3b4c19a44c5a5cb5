import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { LocalInputs } from '../../../src/engines/engine.ts';
import { drawPicture, planOf } from '../../../src/operations/cluster/clusterView.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { freshFacts } from '../../fakes/facts.ts';

const WHEEL = '/home/user/dist/omni_infer-1-py3-none-any.whl';
const INPUTS: LocalInputs = {
  files: { [WHEEL]: { sha256: 'ab'.repeat(32), sizeBytes: 1000 } },
  patterns: {},
  codeDigest: 'cd'.repeat(32),
};
const ROUNDS = 5;

// CPU time against bare node's own, both the least of several: the machine's load moves both
it('plans 100 hosts from nothing in less CPU time than node takes to start twice', () => {
  const address = (n: number) => `10.0.0.${n + 1}`;
  const deployment = fakeDeployment({
    prefill: Array.from({ length: 40 }, (_, i) => ({ hosts: [address(i)] })),
    decode: [{ hosts: Array.from({ length: 60 }, (_, i) => address(40 + i)) }],
    codePath: '/home/user/code',
    wheels: [WHEEL],
  });
  const facts = freshFacts(buildTopology(deployment), deployment.image);
  let steps = 0;
  const planning = least(() => {
    steps = planOf(drawPicture(deployment, INPUTS, facts)).steps.length;
  });
  expect(steps).toBeGreaterThan(500);
  expect(planning / bareNode()).toBeLessThan(2);
});

/** CPU milliseconds of the cheapest of several runs. */
function least(work: () => void): number {
  const runs = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    work();
    const used = process.cpuUsage(before);
    return (used.user + used.system) / 1000;
  });
  return Math.min(...runs);
}

function bareNode(): number {
  const program = 'const used = process.cpuUsage(); console.log((used.user + used.system) / 1000)';
  const runs = Array.from({ length: ROUNDS }, () =>
    Number(spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout),
  );
  return Math.min(...runs);
}
