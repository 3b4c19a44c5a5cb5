import { expect, it } from 'vitest';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { buildClusterView, planOf } from '../../src/operations/cluster/clusterView.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

it('preflight says of a missing local file that it is missing here, not that the host lacks a fact', () => {
  const deployment = fakeDeployment({ wheels: ['/w/a.whl'], codePath: '/code', proxy: { host: '10.0.0.1' } });
  const facts = freshFacts(topologyOf(deployment), deployment.image);
  const plan = planOf(buildClusterView(deployment, NO_INPUTS, facts));
  const checks = plan.steps.flatMap(({ tag, host, action }) =>
    tag === 'preflight' && action.kind === 'check' ? [[host, action.reason]] : [],
  );
  const reason = (node: string) =>
    [
      `file /w/a.whl does not exist on this machine, and ${node}'s files need it (make it, or mend its path in the deployment file)`,
      `folder /code/omniinfer does not exist on this machine, and ${node}'s server needs it (make it, or mend its path in the deployment file)`,
    ].join('\n');
  expect(checks).toEqual([
    ['10.0.0.1', reason('p0')],
    ['10.0.0.2', reason('d0')],
  ]);
});
