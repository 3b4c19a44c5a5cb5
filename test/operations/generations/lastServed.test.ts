import { expect, it } from 'vitest';
import type { Facts } from '../../../src/facts/facts.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { lastServed } from '../../../src/operations/generations/lastServed.ts';
import { keptText } from '../../../src/state/kept.ts';
import { clusterPaths } from '../../../src/topology/paths.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({});
const TOPOLOGY = buildClusterView(DEPLOYMENT, NO_INPUTS, {}).topology;
const PATHS = clusterPaths(DEPLOYMENT.statePath, DEPLOYMENT.name);
const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

/** @param lists what each host keeps, the newest last; @param desired what its record has */
function served(lists: readonly (readonly string[])[], desired: readonly (string | null)[] = []): string | undefined {
  const fresh = Object.values(freshFacts(TOPOLOGY, DEPLOYMENT.image))[0]!;
  const facts = Object.fromEntries(
    lists.map((list, i) => {
      const text = list.map((generation) => keptText({ generation, run: 'r', nodes: {} })).join('\n');
      const record = desired[i] == null ? null : JSON.stringify({ seq: 1, generation: desired[i], run: 'r' });
      const texts = { [PATHS.kept]: text, [PATHS.desired]: record };
      return [`10.0.0.${i}`, { ...fresh, address: `10.0.0.${i}`, texts }];
    }),
  ) as Facts;
  return lastServed({ deployment: DEPLOYMENT, facts })?.generation;
}

it('is the last that hosts keep', () => {
  expect(
    served([
      [A, B],
      [A, B],
    ]),
  ).toBe(B);
  expect(served([[], []])).toBeUndefined();
});

it('is not the older one of a host that could not keep the last', () => {
  expect(served([[A], [A, B], [A, B]])).toBe(B);
  expect(served([[A], [A, B]], [B, B])).toBe(B);
  expect(served([[A, B], [A]], [B, B])).toBe(B);
});
