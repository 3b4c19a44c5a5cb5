import { describe, expect, it } from 'vitest';
import type { ReachedHost } from '../../../src/facts/facts.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { clusterStatus } from '../../../src/operations/status/status.ts';
import { statusText } from '../../../src/operations/status/text.ts';
import { type Watched, warningsOf } from '../../../src/operations/status/warnings.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }],
  decode: [{ hosts: ['10.0.0.3'] }],
});
const { topology } = buildClusterView(DEPLOYMENT, NO_INPUTS, {});
const { desired } = buildClusterView(DEPLOYMENT, NO_INPUTS, freshFacts(topology, DEPLOYMENT.image));
const FACTS = convergedFacts(topology, desired, DEPLOYMENT.image);
const GIB = 1024 ** 3;
const RUNS = { lease: null, isOwnerDead: false, isOwnerSilent: false, interrupted: null, mixed: null };
const NOTHING: Watched = { nodes: [], runs: RUNS, dies: {}, watcher: null };

const hostWith = (address: string, change: (host: ReachedHost) => Partial<ReachedHost>) => {
  const host = FACTS[address] as ReachedHost;
  return { [address]: { ...host, ...change(host) } };
};
const aheadMs = (...ms: number[]) =>
  Object.assign(
    {},
    ...ms.map((ahead, i) => hostWith(`10.0.0.${i + 1}`, ({ clock }) => ({ clock: { ...clock, aheadMs: ahead } }))),
  );
const texts = (facts: object, watched: Partial<Watched> = {}) =>
  warningsOf(buildClusterView(DEPLOYMENT, NO_INPUTS, { ...FACTS, ...facts }), { ...NOTHING, ...watched }).map(
    ({ about, of, text }) => `${about} ${of.join(',')}: ${text}`,
  );

describe('the warnings of status', () => {
  it('are absent while all is well', () => {
    expect(texts({})).toEqual([]);
  });

  it('name a file system over 90 %, once for all that is on it', () => {
    const disk = (path: string, mount: string, used: number) => ({
      path,
      mount,
      usedBytes: used * GIB,
      freeBytes: (100 - used) * GIB,
    });
    const disks = [disk('/', '/', 90), disk('/data/log', '/data', 97), disk('/data/dump', '/data', 97)];
    const full = hostWith('10.0.0.2', ({ machine }) => ({ machine: { ...machine, disks } }));
    expect(texts(full)).toEqual(['disk 10.0.0.2: /data is 97 % full (logs, dumps): 3 GiB are left']);
  });

  it('name hosts whose memory is nearly gone, the same of several as one', () => {
    const low = ({ machine }: ReachedHost) => ({
      machine: { ...machine, memoryBytes: 1000 * GIB, availableBytes: 40 * GIB },
    });
    expect(texts({ ...hostWith('10.0.0.1', low), ...hostWith('10.0.0.3', low) })).toEqual([
      'memory 10.0.0.1,10.0.0.3: 40 of 1000 GiB of memory are left',
    ]);
  });

  it('name dies of this cluster that are not well, or hot', () => {
    const dies = {
      '10.0.0.1': [
        { die: 0, problem: 'Alarm', temperatureC: 40 },
        { die: 1, problem: null, temperatureC: 91 },
        { die: 15, problem: 'Alarm', temperatureC: 99 },
      ],
      '10.0.0.3': null,
    };
    expect(texts({}, { dies })).toEqual([
      'device 10.0.0.1: die 0 of p0 is not well: Alarm',
      'device 10.0.0.1: die 1 of p0 has 91 °C, over 85 °C',
    ]);
  });

  it('name a clock that is apart from the others, and this machine where all are', () => {
    expect(texts(aheadMs(0, 5_300, 100))).toEqual(["clock 10.0.0.2: clock is 5.3 s ahead of this machine's"]);
    expect(texts(aheadMs(-8_000, -8_100, -2_000))).toEqual([
      "clock : this machine's clock is 8.0 s ahead of the hosts'",
      "clock 10.0.0.3: clock is 6.0 s ahead of the other hosts'",
    ]);
  });

  it('name a watcher that runs', () => {
    const watcher = { owner: 'ann', host: 'build1', pid: 4711, boot: null, started: null };
    expect(texts({}, { watcher })).toEqual(['watcher : balance --watch runs (ann, process 4711 of build1)']);
  });

  it('name nodes that run something else than the file contains now, and leave state and exit code as they are', () => {
    const older = hostWith('10.0.0.2', ({ processes }) => ({
      processes: processes.map((process) => ({ ...process, generation: 'older' })),
    }));
    const clusterView = buildClusterView(DEPLOYMENT, NO_INPUTS, { ...FACTS, ...older });
    const answers = { health: new Map(), late: new Set<string>(), tokens: [{ text: 'a', tookMs: 5 }], pairs: [] };
    const status = clusterStatus(clusterView, answers, { slowMs: 2_000, dies: {}, watcher: null });
    expect(status.state).toBe('serving');
    expect(statusText(status).split('\n').slice(0, 3)).toEqual([
      'r1 is SERVING: a token came through in 5 ms',
      '  ! mixed generations: p0, d0, c0 of the deployment as it is; p1 of one that is not known here',
      '  ! p1: runs something else than cluster.yml contains now (serve --check shows it)',
    ]);
  });
});
