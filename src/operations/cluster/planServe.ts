import type { Deployment } from '../../deployment/deployment.ts';
import type { Facts } from '../../facts/facts.ts';
import { takeOverOf } from '../../plan/foreign.ts';
import { type Selection, select } from '../../plan/select.ts';
import { splitCommas } from '../../plan/splitCommas.ts';
import { askHosts } from './askHosts.ts';
import { buildClusterView, type ClusterView, clusterProbeRequests, planOf } from './clusterView.ts';
import { readLocalInputs } from './localInputs.ts';
import type { Planned, ServeContext } from './planned.ts';

/** Probes every host once (unless `facts` are given) and plans the selected part of the way to what should be. */
export async function planServe(
  deployment: Deployment,
  selection: Selection,
  facts: Facts | null,
  context: ServeContext,
): Promise<Planned> {
  const inputs = await readLocalInputs(deployment);
  const found = facts ?? (await probe(deployment, inputs, context));
  const clusterView = buildClusterView(deployment, inputs, found);
  const askedFor = splitCommas(selection.only);
  const takeOver = selection.takeOver.flatMap((words) => words.split(',')).map((word) => word.trim());
  const all = planOf(clusterView, askedFor, takeOver);
  const { plan, problems } = select(all, selection, clusterView.topology);
  const selected = new Set(plan.steps.map((step) => step.id));
  const whole = all.steps.every((step) => selected.has(step.id));
  return {
    clusterView,
    plan,
    whole,
    problems: [...takeOverOf(takeOver, found, deployment.name).problems, ...problems],
  };
}

/** Asks every host once what the deployment needs to know, telling of each as it answers. */
export function probe(deployment: Deployment, inputs: ClusterView['inputs'], context: ServeContext): Promise<Facts> {
  return askHosts(clusterProbeRequests(deployment, inputs), context);
}
