import { describe, expect, it } from 'vitest';
import type { ReachedHost } from '../../../src/facts/facts.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { runStatus, runWords } from '../../../src/operations/cluster/runs.ts';
import { runFactText } from '../../../src/state/runFact.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';
import { lease } from '../../fakes/leaseHosts.ts';

const deployment = fakeDeployment();
const begun = buildClusterView(
  deployment,
  NO_INPUTS,
  freshFacts(buildClusterView(deployment, NO_INPUTS, {}).topology, deployment.image),
);
const facts = convergedFacts(begun.topology, begun.desired, deployment.image);
const FOLDER = '/var/lib/omniplace/r1';

/** Words of the status when each host has these texts, and these nodes run another generation. */
function words(
  texts: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
): readonly string[] {
  const changed = Object.entries(facts).map(([address, host]) => {
    const found = host as ReachedHost;
    const processes = found.processes.map((process) => ({
      ...process,
      generation: others[process.node.split('/')[1] ?? ''] ?? process.generation,
    }));
    return [address, { ...found, processes, texts: { ...found.texts, ...texts } }];
  });
  return runWords(runStatus(buildClusterView(deployment, NO_INPUTS, Object.fromEntries(changed))), 'cluster.yml');
}

const fact = (state: 'running' | 'done' | 'interrupted', nodes: Record<string, string> = {}, command = 'serve') =>
  runFactText({ run: 'r-1', command, state, owner: 'ann@a', generation: 'g', nodes });

describe('what the hosts tell of runs', () => {
  it('is nothing when the last run ended and all servers are what the deployment says', () => {
    expect(words({ [`${FOLDER}/run`]: fact('done') })).toEqual([]);
  });

  it('names who changes the cluster now, and calls his run no interrupted one', () => {
    expect(words({ [`${FOLDER}/lease`]: lease(), [`${FOLDER}/run`]: fact('running') })).toEqual([
      'locked by bob@build2 (serve, run r1, process 1 of build2, since 2026-11-21 22:58:23 UTC)',
    ]);
  });

  it.each(['running', 'interrupted'] as const)('names a run that was left %s, and how to finish it', (state) => {
    expect(words({ [`${FOLDER}/run`]: fact(state) })).toEqual([
      'run r-1 was interrupted: omniplace serve --resume cluster.yml',
    ]);
    expect(words({ [`${FOLDER}/run`]: fact(state, {}, 'rollback') })).toEqual([
      'run r-1 was interrupted: omniplace rollback again',
    ]);
  });

  it('says which servers are of which generation when they are of several', () => {
    const kept = `${JSON.stringify({ generation: 'old', run: 'r-0', nodes: { p0: 'p-old', d0: 'd-old', c0: 'c-old' } })}\n`;
    expect(words({ [`${FOLDER}/generations/kept`]: kept }, { d0: 'd-old' })).toEqual([
      'mixed generations: p0, c0 of the deployment as it is; d0 of run r-0',
    ]);
    expect(words({}, { d0: 'd-old' })).toEqual([
      'mixed generations: p0, c0 of the deployment as it is; d0 of one that is not known here',
    ]);
  });

  it('calls them not mixed when all are of one older generation, kept or of the last run', () => {
    const old = { p0: 'p-old', d0: 'd-old', c0: 'c-old' };
    expect(words({ [`${FOLDER}/run`]: fact('done', old) }, old)).toEqual([]);
    expect(
      words({ [`${FOLDER}/generations/kept`]: JSON.stringify({ generation: 'o', run: 'r-0', nodes: old }) }, old),
    ).toEqual([]);
    expect(words({}, old)).toEqual([]);
  });
});
