import { expect, it } from 'vitest';
import type { LocalInputs } from '../../../src/engines/inputs.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { buildClusterView, planOf } from '../../../src/operations/cluster/clusterView.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { freshFacts } from '../../fakes/facts.ts';

const WHEEL = '/home/user/dist/omni_infer-1-py3-none-any.whl';
const INPUTS: LocalInputs = {
  files: { [WHEEL]: { sha256: 'ab'.repeat(32), sizeBytes: 1000 } },
  bytes: {},
  trees: { '/home/user/code/omniinfer': 'cd'.repeat(32) },
};
it('plans 100 hosts from nothing', () => {
  const address = (n: number) => `10.0.0.${n + 1}`;
  const deployment = fakeDeployment({
    prefill: Array.from({ length: 40 }, (_, i) => ({ hosts: [address(i)] })),
    decode: [{ hosts: Array.from({ length: 60 }, (_, i) => address(40 + i)) }],
    codePath: '/home/user/code',
    wheels: [WHEEL],
  });
  const facts = freshFacts(topologyOf(deployment), deployment.image);
  const { steps } = planOf(buildClusterView(deployment, INPUTS, facts));
  expect(steps.length).toBeGreaterThan(500);
  expect(new Set(steps.map(({ host }) => host)).size).toBe(100);
});
