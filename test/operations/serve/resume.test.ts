import { describe, expect, it } from 'vitest';
import { buildClusterView, planOf } from '../../../src/operations/cluster/clusterView.ts';
import {
  askedFor,
  failedPart,
  findDriftSince,
  findResumable,
  type Resumable,
} from '../../../src/operations/serve/resume.ts';
import { EVERYTHING } from '../../../src/plan/select.ts';
import type { StepResult } from '../../../src/plan/step.ts';
import { parseJournal } from '../../../src/state/history.ts';
import { runFactText } from '../../../src/state/runFact.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const deployment = fakeDeployment();
const empty = buildClusterView(deployment, NO_INPUTS, {});
const fresh = freshFacts(empty.topology, deployment.image);
const begun = buildClusterView(deployment, NO_INPUTS, fresh);
const plan = planOf(begun);
const RUN = '/var/lib/omniplace/r1/run';
const done = buildClusterView(deployment, NO_INPUTS, convergedFacts(begun.topology, begun.desired, deployment.image));

/** A journal of the first run of this deployment. */
function journal(over: object = {}, entries: readonly object[] = []): string {
  const steps = plan.steps.map(({ id, host, because, action }) => ({
    id,
    host,
    because,
    ...(action.kind === 'put' && { paths: action.files.map(({ path }) => path) }),
  }));
  const head = {
    kind: 'run',
    run: 'r-1',
    command: 'serve',
    startedAt: '',
    pid: 1,
    deployment: 'cluster.yml',
    generation: 'g',
    steps,
  };
  const lines = [{ ...head, asked: askedFor(begun, EVERYTHING, []), ...over }, ...entries];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const past = (over: object = {}, entries: readonly object[] = []) => parseJournal(journal(over, entries), () => false)!;
const resumable = findResumable([past()], 'r1') as Resumable;

describe('a run to be finished', () => {
  it('is the last that did something, was a serve and did not end well', () => {
    const closed = (outcome: string) => past({ run: 'r-2' }, [{ kind: 'closed', outcome, exitCode: 5 }]);
    expect(resumable.past.outcome).toBe('died');
    expect((findResumable([closed('locked'), past()], 'r1') as Resumable).past.run).toBe('r-1');
    expect(findResumable([closed('done'), past()], 'r1')).toBe(
      'The last run r-2 ended done: there is nothing to finish.',
    );
    expect(findResumable([past({ command: 'stop' })], 'r1')).toBe(
      'The last run r-1 was a stop: there is nothing of a serve to finish.',
    );
    expect(findResumable([], 'r1')).toBe('No run of r1 was started from here.');
  });

  it('keeps no override that may hold a secret', () => {
    const asked = askedFor(begun, EVERYTHING, [
      'services.decode.gpu_util=0.9',
      'deployment.defaults.password=x',
      'services.decode.env.HF=x',
    ]);
    expect(asked.overrides).toEqual(['services.decode.gpu_util=0.9']);
  });

  it('has another digest when the deployment or a file it names changes, and not by where its file lies', () => {
    const digest = (over: object, inputs = NO_INPUTS) =>
      askedFor({ ...begun, deployment: { ...deployment, ...over }, inputs }, EVERYTHING, []).digest;
    expect(digest({ file: '/elsewhere/cluster.yml' })).toBe(resumable.asked.digest);
    expect(digest({ servedModelName: 'other' })).not.toBe(resumable.asked.digest);
    expect(digest({}, { ...NO_INPUTS, trees: { '/code/omniinfer': 'new' } })).not.toBe(resumable.asked.digest);
  });
});

describe('the hosts of a run to be finished', () => {
  const drift = (of: Resumable, clusterView = begun) => findDriftSince(of, planOf(clusterView), clusterView.facts, RUN);

  it('have not drifted when all that is needed was a part of it, done or not', () => {
    expect(drift(resumable)).toEqual([]);
    expect(drift(resumable, done)).toEqual([]);
  });

  it('have not drifted when a server that it started has to be stopped again', () => {
    const [host] = Object.values(done.facts);
    const gone = { ...done.facts, [host!.address]: { ...host!, processes: [], texts: {} } } as typeof done.facts;
    expect(drift(resumable, buildClusterView(deployment, NO_INPUTS, gone))).toEqual([]);
  });

  it('have drifted when something is needed that was no part of it, which is named with its reason', () => {
    const some = past({ steps: [{ id: 'run_server/d0/spawn', host: '10.0.0.2', because: '' }] });
    const found = drift({ ...resumable, past: some });
    expect(found).toContain(
      'd0 10.0.0.2: create container omniplace_decode_d0 was no part of it, and is needed now (no container)',
    );
    expect(found.some((line) => line.includes('start the decode server'))).toBe(false);
  });

  it('have drifted when a file is to be put that it would not have put', () => {
    const steps = resumable.past.steps.map((step) => ({ ...step, ...(step.paths && { paths: step.paths.slice(1) }) }));
    const found = drift({ ...resumable, past: { ...resumable.past, steps } });
    expect(found.filter((line) => line.includes(': put '))).toHaveLength(
      plan.steps.filter(({ action }) => action.kind === 'put').length,
    );
  });

  it('have drifted when a file that it had put is something else now, which a killed step need not be', () => {
    const put = plan.steps.find(({ action }) => action.kind === 'put')!;
    const files = put.action.kind === 'put' ? put.action.files : [];
    const ended = (status: StepResult['status']) =>
      past({}, [{ kind: 'end', step: put.id, status, startedMs: 0, durationMs: 0 }]);
    expect(drift({ ...resumable, past: ended('changed') })).toEqual(
      files.map(({ path }) => `${put.node} ${put.host}: ${path} was put by it, and is something else now`),
    );
    expect(drift({ ...resumable, past: ended('cancelled') })).toEqual([]);
  });

  it('have drifted when another run changed them since', () => {
    const fact = runFactText({
      run: 'r-9',
      command: 'stop',
      state: 'done',
      owner: 'bob@b',
      generation: 'g',
      nodes: {},
    });
    const [host] = Object.values(fresh);
    const touched = {
      ...fresh,
      [host!.address]: { ...host!, texts: { ...(host as { texts: object }).texts, [RUN]: fact } },
    } as typeof fresh;
    expect(drift(resumable, buildClusterView(deployment, NO_INPUTS, touched))).toEqual([
      `${host!.address}: run r-9 (stop by bob@b) changed it since`,
    ]);
    expect(
      drift(
        { ...resumable, past: { ...resumable.past, run: 'r-9' } },
        buildClusterView(deployment, NO_INPUTS, touched),
      ),
    ).toEqual([]);
  });
});

describe('what failed in a run', () => {
  const end = (step: string, status: StepResult['status']) => ({
    kind: 'end',
    step,
    status,
    startedMs: 0,
    durationMs: 0,
  });

  it('are the hosts on which not all went well', () => {
    const fine = plan.steps.filter(({ host }) => host === '10.0.0.1').map(({ id }) => end(id, 'changed'));
    expect(failedPart({ ...resumable, past: past({}, fine) })?.limit).toEqual(['10.0.0.2']);
    expect(
      failedPart({
        ...resumable,
        past: past(
          {},
          plan.steps.map(({ id }) => end(id, 'ok')),
        ),
      }),
    ).toBe(null);
  });

  it('stays within what was selected', () => {
    const asked = { ...resumable.asked, selection: { ...EVERYTHING, limit: ['d0'] } };
    const of = past({ steps: [{ id: 'run_server/d0/spawn', host: '10.0.0.2', because: '' }] });
    expect(failedPart({ past: of, asked })?.limit).toEqual(['d0']);
  });
});
