import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { httpProbes } from '../../../src/engines/readiness.ts';
import type { Facts, ReachedHost } from '../../../src/facts/facts.ts';
import { buildClusterView, type ClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { clusterStatus as judge } from '../../../src/operations/status/status.ts';
import { statusText } from '../../../src/operations/status/text.ts';
import type { Answers } from '../../../src/operations/status/types.ts';
import { fitted } from '../../../src/report/redraw.ts';
import { clusterPaths } from '../../../src/topology/paths.ts';
import { fakeDeployment, PLACEMENT } from '../../fakes/deployment.ts';
import { convergedFacts, freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }],
  decode: [
    {
      hosts: ['10.0.0.3', '10.0.0.4'],
      settings: { placement: { ...PLACEMENT, enableDump: true, dumpDir: '/data/dump' } },
    },
  ],
});
const TOPOLOGY = buildClusterView(DEPLOYMENT, NO_INPUTS, {}).topology;
const DESIRED = buildClusterView(DEPLOYMENT, NO_INPUTS, freshFacts(TOPOLOGY, DEPLOYMENT.image)).desired;
const TOKEN = { text: ' Bob', tookMs: 12 };
const ALL_WELL: Answers = {
  health: new Map(
    Object.values(DESIRED.nodes).flatMap(({ server }) =>
      httpProbes(server.readiness).map(({ host, port }) => [`${host}:${port}`, null]),
    ),
  ),
  late: new Set(),
  tokens: [TOKEN],
  pairs: [],
};

function clusterView(change: Readonly<Record<string, Partial<ReachedHost> | null>> = {}): ClusterView {
  const facts: Record<string, Facts[string]> = { ...convergedFacts(TOPOLOGY, DESIRED, DEPLOYMENT.image) };
  for (const [address, parts] of Object.entries(change)) {
    facts[address] =
      parts === null
        ? { reachable: false, address, code: 'unreachable', reason: 'no answer within 2.5 s' }
        : ({ ...facts[address], ...parts } as ReachedHost);
  }
  return buildClusterView(DEPLOYMENT, NO_INPUTS, facts);
}

const silent = (...at: string[]): Answers => ({
  health: new Map([...ALL_WELL.health, ...at.map((one): [string, string] => [one, 'did not answer within 2 s'])]),
  late: new Set(),
  tokens: [{ problem: 'the proxy did not answer within 2.5 s' }],
  pairs: [],
});
const hostOf = (address: string, facts = clusterView().facts) => facts[address] as ReachedHost;

const LEASE = JSON.stringify({
  ...{ id: 'l1', owner: 'root@build1', host: 'build1', pid: 4711, boot: 'b', started: 1, run: 'r7' },
  ...{ command: 'restart', since: '2026-11-21T22:58:23Z', seq: 1, ttl: 60, token: 3 },
});
const STOPPED = JSON.stringify({
  ...{ run: 'r6', command: 'stop', state: 'done', owner: 'root@build1', generation: 'g', nodes: {} },
});
const nothingStarted = (node: 'p1') => ({ [DESIRED.nodes[node]!.paths.started]: '' });
const clusterStatus = (view: ClusterView, answers: Answers) =>
  judge(view, answers, { slowMs: 2_000, dies: {}, watcher: null });

describe('status', () => {
  it('says what runs: servers, generation, pattern and how old the dumps are', () => {
    const dumps = { '/data/dump': { stamp: '20261121_225001', windows: 412, newestS: 1_799_999_975 } };
    const status = clusterStatus(clusterView({ '10.0.0.3': { dumps } }), ALL_WELL);
    expect(statusText(status)).toBe(
      [
        'r1 is SERVING: a token came through in 12 ms',
        '    node  role     host      state    servers  since',
        '  + p0    prefill  10.0.0.1  serving      1/1  2 h 05 min  answers; pattern base',
        '  + p1    prefill  10.0.0.2  serving      1/1  2 h 05 min  answers; pattern base',
        '  + d0    decode   10.0.0.3  serving      4/4  2 h 05 min  4 servers answer; pattern base; dump 20261121_225001: 412 windows, the last 25.0 s ago',
        '  + d1    decode   10.0.0.4  serving      4/4  2 h 05 min  4 servers answer; pattern base',
        '  + c0    proxy    10.0.0.1  serving      1/1  2 h 05 min  answers',
        '  image repo/omniinfer:1',
      ].join('\n'),
    );
    expect(status.next).toEqual([]);
  });

  it('puts what has no room beside its node below it', () => {
    const dumps = { '/data/dump': { stamp: '20261121_225001', windows: 412, newestS: 1_799_999_975 } };
    const status = clusterStatus(clusterView({ '10.0.0.3': { dumps } }), ALL_WELL);
    expect(statusText(status, { columns: 80 }).split('\n').slice(3, 7)).toEqual([
      '  + p1    prefill  10.0.0.2  serving      1/1  2 h 05 min  answers; pattern base',
      '  + d0    decode   10.0.0.3  serving      4/4  2 h 05 min',
      '         4 servers answer; pattern base',
      '         dump 20261121_225001: 412 windows, the last 25.0 s ago',
    ]);
  });

  it('has columns of load, and leaves out what repeats them where there is no room: 16 hosts have a line each', () => {
    const load = { running: 12, waiting: 0, kvUse: 0.43, ttftMs: 350, tpotMs: 24 };
    const many = fakeDeployment({
      prefill: Array.from({ length: 4 }, (_, i) => ({ hosts: [`10.0.0.${i + 1}`] })),
      decode: [{ hosts: Array.from({ length: 12 }, (_, i) => `10.0.0.${i + 5}`) }],
    });
    const { topology } = buildClusterView(many, NO_INPUTS, {});
    const { desired } = buildClusterView(many, NO_INPUTS, freshFacts(topology, many.image));
    const view = buildClusterView(many, NO_INPUTS, convergedFacts(topology, desired, many.image));
    const loads = {
      overS: 245,
      instances: topology.instances.map(({ master: node, role }) => ({ ...load, node, role })),
    };
    const status = judge(view, { ...ALL_WELL, health: new Map() }, { slowMs: 2_000, dies: {}, watcher: null, loads });
    const lines = statusText(
      { ...status, nodes: status.nodes.map((node) => ({ ...node, pattern: null })) },
      { columns: 100 },
    ).split('\n');
    expect(lines.length).toBe(1 + 1 + 17 + 1 + 1);
    expect(lines.slice(1, 3).concat(lines.slice(6, 8), lines.slice(-2))).toEqual([
      '    node  role     host       state    servers  run  wait    KV    TTFT   TPOT  since',
      '  + p0    prefill  10.0.0.1   serving      1/1   12     0  43 %  350 ms  24 ms  2 h 05 min  answers',
      '  + d0    decode   10.0.0.5   serving      4/4   12     0  43 %  350 ms  24 ms  2 h 05 min',
      '  + d1    decode   10.0.0.6   serving      4/4                                  2 h 05 min',
      '  TTFT and TPOT: means of the last 4 min 05 s',
      '  image repo/omniinfer:1',
    ]);
  });

  it('is degraded where decode computes prompts by itself, with the pair, the reason and the logs to read', () => {
    const pair = (prefill: 'p0' | 'p1', state: 'proven' | 'missing') => {
      const reason = state === 'missing' ? 'd0 computed the prompt by itself' : '';
      return { prefill, decode: 'd0', state, reason } as const;
    };
    const reason = 'p1 with d0: d0 computed the prompt by itself; 1 of 2 pairs transfer it';
    const pairs = [pair('p0', 'proven'), pair('p1', 'missing')];
    const status = clusterStatus(clusterView(), { ...ALL_WELL, transfers: { state: 'missing', reason, pairs } });
    const lines = statusText(status).split('\n');
    expect(lines[0]).toBe(`r1 is DEGRADED: decode does not receive KV from prefill: ${reason}`);
    expect(lines.slice(-3)).toEqual([
      'next:',
      '  d0: does not receive KV from p1: d0 computed the prompt by itself',
      '      omniplace logs d0 p1 cluster.yml --errors',
    ]);
    const unprovable = { state: 'not-provable', reason: 'it is not counted', pairs: [] } as const;
    const other = statusText(clusterStatus(clusterView(), { ...ALL_WELL, transfers: unprovable })).split('\n');
    expect([other[0], other.at(-2)]).toEqual([
      'r1 is SERVING: a token came through in 12 ms',
      '  KV transfer: not provable (it is not counted)',
    ]);
  });

  it('shows what really serves: live swaps, restarts by docker, another image, where code comes from', () => {
    const live = { stamp: '20261121_225001', windows: 412, newestS: 1_799_999_999, swaps: 3 };
    const { docker, clock } = hostOf('10.0.0.2');
    const restarts = { count: 2, lastS: clock.epochS - 7_000, waits: false, exitCode: 0, outOfMemory: false };
    const containers = docker.containers.map((each) => ({ ...each, image: 'repo/omniinfer:2', restarts }));
    const changed = clusterView({
      '10.0.0.2': { docker: { ...docker, containers } },
      '10.0.0.3': { dumps: { '/data/dump': live } },
    });
    const origin = (name: string, from: string, wanted: string | null) => ({ package: name, from, wanted });
    const synced = [origin('omni', '/workspace/omniinfer', '/workspace/omniinfer')];
    const other = [origin('omni', '/usr/lib/python3', '/workspace/omniinfer')];
    const status = clusterStatus(changed, { ...ALL_WELL, origins: { p0: synced, p1: other } });
    const lines = statusText(status).split('\n');
    expect(lines.slice(1, 2)).toEqual([
      '  ! p1: imports omni from /usr/lib/python3, not from the synced code in /workspace/omniinfer (serve --only install_code)',
    ]);
    expect(lines.slice(3, 6).map((line) => line.slice(47))).toEqual([
      '2 h 05 min  answers; pattern base; image repo/omniinfer:1',
      '2 h 05 min  answers; pattern base; docker restarted it 2 times; image repo/omniinfer:2',
      '2 h 05 min  4 servers answer; pattern base, swapped 3 times while it served; dump 20261121_225001: 412 windows, the last 1.0 s ago; image repo/omniinfer:1',
    ]);
    expect(lines.filter((line) => line.includes(': import '))).toEqual([
      '  p0: import omni from /workspace/omniinfer',
      '  p1: import omni from /usr/lib/python3',
    ]);
  });

  it('names a package that Python does not find', () => {
    const origins = { p0: [{ package: 'omni', from: null, wanted: null }] };
    const lines = statusText(clusterStatus(clusterView({}), { ...ALL_WELL, origins })).split('\n');
    expect(lines).toContain('  servers import omni (not found)');
  });

  it('has colours on a terminal that has them', () => {
    const text = statusText(clusterStatus(clusterView({ '10.0.0.2': null }), ALL_WELL), { hasColors: true });
    expect(text).toContain('r1 is \u001b[33mDEGRADED\u001b[0m: p1 unreachable');
    expect(text).toContain('\u001b[31m?\u001b[0m p1 ');
  });

  it('calls a cluster stopped when nothing runs where it can look, and says where it cannot', () => {
    const facts = {
      ...freshFacts(TOPOLOGY, DEPLOYMENT.image),
      '10.0.0.4': clusterView({ '10.0.0.4': null }).facts['10.0.0.4']!,
    };
    const { state, reason } = clusterStatus(buildClusterView(DEPLOYMENT, NO_INPUTS, facts), silent());
    expect([state, reason]).toEqual([
      'stopped',
      'nothing runs on the hosts that answer; p0, p1, d0, c0 stopped; d1 unreachable',
    ]);
  });

  it('names a host that is off, a docker that is down and a server that hangs, each with its next command', () => {
    const pid = hostOf('10.0.0.1').processes[0]!.pid;
    const down = {
      state: 'down',
      reason: 'Is the docker daemon running?',
      version: null,
      images: {},
      containers: [],
    } as const;
    const night = clusterView({
      '10.0.0.1': { stoppedPids: [pid] },
      '10.0.0.2': { docker: down, processes: [], listening: [] },
      '10.0.0.4': null,
    });
    const status = clusterStatus(night, silent('10.0.0.1:9000', '10.0.0.2:9001'));
    expect(status.state).toBe('dead');
    expect(status.reason).toBe('no token: the proxy did not answer within 2.5 s; p0, p1 dead; d1 unreachable');
    expect(statusText(status).split('next:\n')[1]?.split('\n')).toEqual([
      '  10.0.0.2 (p1): docker is down: Is the docker daemon running?',
      '      ssh root@10.0.0.2 systemctl start docker',
      '      then omniplace serve cluster.yml',
      '  10.0.0.4 (d1): no answer within 2.5 s',
      '      ssh root@10.0.0.4 true',
      '      power it on or mend the way to it, then omniplace serve cluster.yml',
      `  p0: prefill server (port 9000) hangs: process ${pid} is stopped (kill -CONT ${pid} on the host lets it go on)`,
      '      omniplace restart p0 cluster.yml',
      '      its last words: omniplace logs p0 cluster.yml',
    ]);
  });

  it.each([
    ['auth', 'omniplace keys check cluster.yml', 'fix the login, then omniplace serve cluster.yml'],
    ['host-key-changed', 'omniplace keys check cluster.yml', 'fix its host key, then omniplace serve cluster.yml'],
    ['probe', 'ssh root@10.0.0.4 true', 'fix what the probe reports, then omniplace serve cluster.yml'],
  ] as const)('does not advise to power on a host that answered: %s', (code, command, note) => {
    const away = { reachable: false, address: '10.0.0.4', code, reason: 'the reason' } as const;
    const { facts } = clusterView({});
    const { next } = clusterStatus(buildClusterView(DEPLOYMENT, NO_INPUTS, { ...facts, '10.0.0.4': away }), ALL_WELL);
    expect(next).toEqual([{ of: '10.0.0.4 (d1)', problem: 'the reason', command, note }]);
  });

  it.each([
    [-3, 'just now'],
    [0, 'just now'],
    [0.4, 'just now'],
    [0.5, '1.0 s ago'],
    [1, '1.0 s ago'],
    [61, '1 min 01 s ago'],
  ])('counts the age of dumps in whole seconds: %s s is %s', (ageS, words) => {
    const { epochS } = hostOf('10.0.0.3').clock;
    const dumps = { '/data/dump': { stamp: '20261121_225001', windows: 1, newestS: epochS - ageS } };
    expect(statusText(clusterStatus(clusterView({ '10.0.0.3': { dumps } }), ALL_WELL))).toContain(
      `; dump 20261121_225001: 1 window, the last ${words}\n`,
    );
  });

  it('says a command once for all that it mends', () => {
    const night = clusterView({
      '10.0.0.1': { processes: [], listening: [] },
      '10.0.0.2': { processes: [], listening: [] },
    });
    const why = 'its server is gone without an exit code (killed, or its container restarted)';
    const next = ['p0', 'p1'].map((of) => ({ of, problem: why, command: 'omniplace serve x.yml', note: '' }));
    const status = { ...clusterStatus(night, silent()), next: [...next, { ...next[1]!, note: 'its last words' }] };
    expect(statusText(status).split('next:\n')[1]?.split('\n')).toEqual([
      `  p0: ${why}`,
      `  p1: ${why}`,
      '      omniplace serve x.yml',
      `  p1: ${why}`,
      '      omniplace serve x.yml',
      '      its last words',
    ]);
  });

  it.each([
    [
      { count: 1, lastS: 12, waits: false, exitCode: null, outOfMemory: false },
      'docker restarts its container: the last time 12 s ago',
    ],
    [
      { count: 4, lastS: 2, waits: false, exitCode: null, outOfMemory: true },
      'docker restarts its container again and again, 4 times so far: the last time 2 s ago; the kernel ended a process of it for want of memory',
    ],
    [
      { count: 9, lastS: 60, waits: true, exitCode: 1, outOfMemory: false },
      'docker restarts its container again and again, 9 times so far: it is down now, until docker tries again (exit code 1)',
    ],
    [
      { count: 9, lastS: 3600, waits: false, exitCode: null, outOfMemory: false },
      'its server is gone without an exit code (killed, or its container restarted)',
    ],
  ])('calls a node dead whose container docker restarts, and says so: %j', (restarts, reason) => {
    const { docker, clock, processes } = hostOf('10.0.0.2');
    const looping = clusterView({
      '10.0.0.2': {
        processes: processes.filter(({ node }) => node !== DESIRED.nodes.p1!.server.identity),
        docker: {
          ...docker,
          containers: docker.containers.map((container) => ({
            ...container,
            restarts: { ...restarts, lastS: clock.epochS - restarts.lastS },
          })),
        },
      },
    });
    const p1 = clusterStatus(looping, silent('10.0.0.2:9000')).nodes.find(({ node }) => node === 'p1');
    expect([p1?.state, p1?.reason]).toEqual(['dead', reason]);
  });

  it('calls a server degraded, not dead, that runs and listens and is late', () => {
    const late = { ...silent('10.0.0.1:9000'), late: new Set(['10.0.0.1:9000']) };
    const { nodes } = clusterStatus(clusterView(), late);
    expect([nodes[0]?.state, nodes[0]?.reason]).toEqual([
      'degraded',
      'prefill server (port 9000) did not answer within 2 s',
    ]);
  });

  it.each([
    ['a run holds the lease', { lease: LEASE }, 'while root@build1 works on it (restart, run r7)'],
    ['its last run was a stop', { run: STOPPED }, 'by `omniplace stop`'],
  ])('is in maintenance while tokens come and %s', (_, texts, why) => {
    const { lease, run } = clusterPaths(DEPLOYMENT.statePath, DEPLOYMENT.name);
    const written = { ...hostOf('10.0.0.2').texts, ...nothingStarted('p1') };
    const held = { [lease]: 'lease' in texts ? texts.lease : null, [run]: 'run' in texts ? texts.run : null };
    const stopped = clusterView({ '10.0.0.2': { processes: [], listening: [], texts: { ...written, ...held } } });
    const { state, reason } = clusterStatus(stopped, { ...silent('10.0.0.2:9001'), tokens: [TOKEN] });
    expect([state, reason]).toEqual(['maintenance', `p1 stopped, ${why}; a token came through in 12 ms`]);
  });

  it('is degraded, not in maintenance, when the owner of the lease has not renewed it for long', () => {
    const { lease } = clusterPaths(DEPLOYMENT.statePath, DEPLOYMENT.name);
    const held = (ageS: number) => {
      const { texts, clock } = hostOf('10.0.0.2');
      const written = { ...texts, ...nothingStarted('p1'), [lease]: LEASE };
      const gone = { processes: [], listening: [], texts: written, writtenS: { [lease]: clock.epochS - ageS } };
      return clusterStatus(clusterView({ '10.0.0.2': gone }), { ...silent('10.0.0.2:9001'), tokens: [TOKEN] }).state;
    };
    expect([held(20), held(121)]).toEqual(['maintenance', 'degraded']);
  });

  it('believes processes and ports where docker is down', () => {
    const down = { state: 'down', reason: 'no daemon', version: null, images: {}, containers: [] } as const;
    const status = clusterStatus(clusterView({ '10.0.0.2': { docker: down } }), ALL_WELL);
    expect(status.state).toBe('serving');
    expect(status.nodes.find(({ node }) => node === 'p1')?.state).toBe('serving');
    expect(status.next[0]?.problem).toBe('docker is down: no daemon; p1 runs on without it');
  });

  it('says what was changed by hand on a host, and how to see it', () => {
    const [file, gone] = filesOf(DESIRED.nodes.p0!);
    const { digests } = hostOf('10.0.0.1');
    const changed = clusterView({
      '10.0.0.1': { digests: { ...digests, [file!.path]: '0'.repeat(64), [gone!.path]: null } },
    });
    const status = clusterStatus(changed, ALL_WELL);
    expect(status.nodes[0]?.drift).toEqual([`${file!.path} was changed by hand`, `${gone!.path} was removed by hand`]);
    expect(status.next[0]).toEqual({
      of: 'p0',
      problem: `${file!.path} was changed by hand`,
      command: 'omniplace serve cluster.yml --check --diff',
      note: 'omniplace serve cluster.yml puts it back',
    });
  });

  it('never calls changed by hand what omniplace wrote itself', () => {
    const [file] = filesOf(DESIRED.nodes.p0!);
    const { digests, texts } = hostOf('10.0.0.1');
    const { folder, wrote, run } = clusterPaths(DEPLOYMENT.statePath, DEPLOYMENT.name);
    const other = { ...digests, [file!.path]: 'e'.repeat(64) };
    const lines = `0 other\n${'e'.repeat(16)} ${file!.path.slice(folder.length + 1)}\n`;
    const drift = (found: object) =>
      clusterStatus(clusterView({ '10.0.0.1': { digests: other, texts: { ...texts, ...found } } }), ALL_WELL).nodes[0]
        ?.drift;
    const ours = [`${file!.path} was written by omniplace, and no server was started from it`];
    expect(drift({ [wrote]: lines })).toEqual(ours);
    expect(drift({ [wrote]: lines.replaceAll('e', 'f') })).toEqual([`${file!.path} was changed by hand`]);
    // a run that did not end has not listed its files
    const fact = { run: 'r1', command: 'serve', state: 'interrupted', owner: 'ann@a', generation: 'g', nodes: {} };
    expect(drift({ [run]: JSON.stringify(fact) })).toEqual(ours);
  });

  it('calls nothing drift where the deployment is what changed', () => {
    const older = hostOf('10.0.0.1').processes.map((process) => ({ ...process, generation: 'older' }));
    const { digests } = hostOf('10.0.0.1');
    const path = filesOf(DESIRED.nodes.p0!)[0]!.path;
    const status = clusterStatus(
      clusterView({ '10.0.0.1': { processes: older, digests: { ...digests, [path]: '0'.repeat(64) } } }),
      ALL_WELL,
    );
    expect(status.nodes[0]?.drift).toEqual([]);
    expect(status.nodes[0]?.restartPending).toContain('changed: ');
    expect(status.nodes[0]?.pattern).toBeNull();
  });

  it('tells a dead server to look at its logs first, and one whose instance lacks a host to wait', () => {
    const dead = clusterStatus(clusterView({ '10.0.0.1': { processes: [], listening: [] } }), silent('10.0.0.1:9000'));
    expect(dead.next.map(({ of, command, note }) => [of, command, note])[0]).toEqual([
      'p0',
      'omniplace logs p0 cluster.yml',
      'then omniplace serve cluster.yml',
    ]);
    const alone = clusterStatus(
      clusterView({ '10.0.0.3': { processes: [], listening: [] }, '10.0.0.4': null }),
      silent('10.0.0.3:9100'),
    );
    expect(alone.next.find(({ of }) => of === 'd0')?.note).toBe('its instance needs d1: mend that first');
  });
});

describe('a status that is watched', () => {
  it('is cut to the terminal, since what wraps or scrolls can not be drawn over', () => {
    expect(fitted('ab\ncdefghijkl\ne', 8, 10)).toEqual(['ab', 'cdef...', 'e']);
    expect(fitted('\u001b[31mab\u001b[0m\n\u001b[31mcdefghijkl\u001b[0m', 8, 10)).toEqual([
      '\u001b[31mab\u001b[0m',
      'cdef...',
    ]);
    expect(fitted('1\n2\n3\n4\n5', 20, 4)).toEqual(['1', '2', '... 3 more lines']);
  });
});
