import { describe, expect, it } from 'vitest';
import { buildClusterView, type ClusterView, planOf } from '../../../../src/operations/cluster/clusterView.ts';
import { deniedOnly } from '../../../../src/operations/cluster/run/deniedOnly.ts';
import { nextWords } from '../../../../src/operations/cluster/run/exitOf.ts';
import type { StepResult, StepStatus } from '../../../../src/plan/step.ts';
import type { RunSummary } from '../../../../src/runner/event.ts';
import { clusterOf } from '../../../fakes/clusters.ts';
import { fakeDeployment } from '../../../fakes/deployment.ts';
import { NO_INPUTS } from '../../../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }],
  decode: [{ hosts: ['10.0.0.3', '10.0.0.4'] }],
});
const SERVING = clusterOf(DEPLOYMENT, true);
/** Served with it, every container is another one. */
const CHANGED = buildClusterView({ ...DEPLOYMENT, logPath: '/data/other/logs' }, NO_INPUTS, SERVING.facts);

/** The words of a run whose steps ended like this; those that are not named were cancelled. */
function words(
  outcome: RunSummary['outcome'],
  ended: Readonly<Record<string, StepStatus>>,
  clusterView: ClusterView = CHANGED,
  command = 'serve',
): string[] {
  const plan = planOf(clusterView);
  const results = plan.steps.map(({ id }): StepResult => {
    const status = ended[id] ?? ended[id.split('/')[0] ?? ''] ?? 'cancelled';
    return { step: id, status, startedMs: 0, durationMs: 0, message: '', exitCode: null, command: null, output: [] };
  });
  return nextWords(outcome, results, plan, clusterView, command);
}

const AGAIN = 'next: omniplace serve cluster.yml, once that is corrected (what is done stays done)';

describe('the last words of a run', () => {
  it('say that what served serves, when a container could not be made', () => {
    const ended = { preflight: 'ok', 'run_docker/p0/create': 'failed' } as const;
    expect(words('failed', ended)).toEqual(['serves now: c0, p0, p1, d0, d1, as before', AGAIN]);
  });

  it('name what is missing', () => {
    const ended = { preflight: 'ok', run_docker: 'changed', 'run_server/d0/spawn': 'changed' } as const;
    expect(words('failed', { ...ended, 'run_server/d0/ready': 'failed' })).toEqual(['serves now: nothing', AGAIN]);
    expect(words('failed', { preflight: 'ok', 'run_docker/d1/replace': 'changed' })).toEqual([
      'serves now: nothing, without decode (d0, d1)',
      AGAIN,
    ]);
    expect(words('failed', { preflight: 'ok', 'run_docker/p1/replace': 'changed' })).toEqual([
      'serves now: c0, p0, d0, d1; not p1',
      AGAIN,
    ]);
  });

  it('do not guess what a host serves that was lost', () => {
    expect(words('unreachable', { preflight: 'ok', 'run_docker/d1/replace': 'unreachable' })).toEqual([
      'unreachable: 10.0.0.4',
      "serves now: not known, d0, d1 can't be asked",
      'next: omniplace serve cluster.yml, once every host is back (what is done stays done)',
    ]);
  });

  it('have one command, also where hosts are unfit', () => {
    const ended = { preflight: 'ok', 'preflight/d0/host': 'failed' } as const;
    expect(words('failed', ended).at(-1)).toBe(
      "next: omniplace serve cluster.yml --limit '!10.0.0.3' (repairs what can be repaired without it)",
    );
  });

  it('ask for the key of servers that answer, and do not call them failed', () => {
    const plan = planOf(SERVING);
    const denied = (more: object) =>
      plan.steps.map(({ id }): StepResult => {
        const result = {
          step: id,
          startedMs: 0,
          durationMs: 0,
          message: '',
          exitCode: null,
          command: null,
          output: [],
        };
        return id.startsWith('verify/') ? { ...result, status: 'failed', ...more } : { ...result, status: 'ok' };
      });
    expect(nextWords('not-serving', denied({ denied: true }), plan, SERVING, 'serve')).toEqual([
      'the servers answer, and ask for an API key that this run did not have',
      'next: set services.api_key in cluster.yml, then omniplace serve cluster.yml (it asks again)',
    ]);
    expect(deniedOnly(denied({ denied: true }))).toBe(true);
    expect(deniedOnly(denied({}))).toBe(false);
    expect(deniedOnly([])).toBe(false);
  });

  it('do not lead from a stop to a serve', () => {
    expect(words('interrupted', { preflight: 'ok' }, SERVING, 'stop').at(-1)).toBe(
      'next: omniplace stop cluster.yml (what is done stays done)',
    );
  });
});
