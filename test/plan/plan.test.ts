import { describe, expect, it } from 'vitest';
import { boundPorts } from '../../src/engines/boundPorts.ts';
import { desiredOf } from '../../src/engines/desiredOf.ts';
import { engineOf } from '../../src/engines/index.ts';
import type { LocalInputs } from '../../src/engines/inputs.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import type { Facts, ReachedHost } from '../../src/facts/facts.ts';
import type { Examined } from '../../src/plan/findings/finding.ts';
import { makePlan } from '../../src/plan/makePlan.ts';
import { removeOurs } from '../../src/plan/phases/containerScripts.ts';
import { stopStep } from '../../src/plan/phases/stopServer.ts';
import { EVERYTHING, type Selection, select } from '../../src/plan/select.ts';
import type { Plan } from '../../src/plan/step.ts';
import { fakeDeployment, PROXY } from '../fakes/deployment.ts';
import { convergedFacts, freshFacts, freshHost } from '../fakes/facts.ts';

const WHEEL = '/home/user/dist/omni_infer-1-py3-none-any.whl';
const INPUTS: LocalInputs = {
  files: { [WHEEL]: { sha256: 'ab'.repeat(32), sizeBytes: 1000 } },
  bytes: {},
  trees: { '/home/user/code/omniinfer': 'cd'.repeat(32) },
};
const SHAPE = {
  prefill: [{ hosts: ['10.0.0.1'] }],
  decode: [{ hosts: ['10.0.0.2', '10.0.0.3'] }],
};
const DEPLOYMENT = fakeDeployment({
  ...SHAPE,
  codePath: '/home/user/code',
  wheels: [WHEEL],
});
const TOPOLOGY = topologyOf(DEPLOYMENT);
const ENGINE = engineOf('omni');
const FRESH = freshFacts(TOPOLOGY, DEPLOYMENT.image);
const CONVERGED = convergedFacts(TOPOLOGY, desiredWith(FRESH), DEPLOYMENT.image);

describe('the plan of hosts that have nothing', () => {
  it('goes through every phase, decode before prefill, each step with its reason', () => {
    expect(shown(planFrom(FRESH))).toMatchInlineSnapshot(`
      [
        "preflight p0: ok fit",
        "preflight d0: ok fit",
        "preflight d1: ok fit",
        "run_docker/p0/folders make 4 folders",
        "run_docker/p0/create create container omniplace_prefill_p0",
        "run_docker/d0/folders make 4 folders",
        "run_docker/d0/create create container omniplace_decode_d0",
        "run_docker/d1/folders make 4 folders",
        "run_docker/d1/create create container omniplace_decode_d1",
        "run_docker/c0/folders make 4 folders",
        "run_docker/c0/create create container omniplace_proxy_c0",
        "sync_code/p0/sync sync /home/user/code/omniinfer to /var/lib/omniplace/r1/code/omniinfer",
        "sync_code/d0/sync sync /home/user/code/omniinfer to /var/lib/omniplace/r1/code/omniinfer",
        "sync_code/d1/sync sync /home/user/code/omniinfer to /var/lib/omniplace/r1/code/omniinfer",
        "push_config/p0/put put 4 files",
        "push_config/d0/put put 4 files",
        "push_config/d1/put put 4 files",
        "push_config/c0/put put 1 file",
        "pip_install/p0/install install 1 wheel in omniplace_prefill_p0",
        "pip_install/d0/install install 1 wheel in omniplace_decode_d0",
        "pip_install/d1/install install 1 wheel in omniplace_decode_d1",
        "ranktable/p0/put put 4 files",
        "ranktable/d0/put put 4 files",
        "ranktable/d1/put put 4 files",
        "run_server/d0/spawn start the decode server of d0",
        "run_server/d1/spawn start the decode server of d1",
        "run_server/p0/spawn start the prefill server of p0",
        "run_server/d0/ready wait for 4 servers ready",
        "run_server/d1/ready wait for 4 servers ready",
        "run_server/p0/ready wait for 1 server ready",
        "run_proxy/c0/spawn start the proxy of c0",
        "run_proxy/c0/ready wait for the proxy to answer",
        "verify/c0/completion ask the proxy for a completion",
      ]
    `);
  });

  it('installs synced code in each container of a server, unless a wheel brings it', () => {
    const { steps } = planFrom(FRESH, fakeDeployment({ ...SHAPE, codePath: '/home/user/code' }));
    const installs = steps.filter(({ tag }) => tag === 'install_code');
    expect(installs.map(({ node, title }) => [node, title])).toEqual([
      ['p0', 'install the code in omniplace_prefill_p0'],
      ['d0', 'install the code in omniplace_decode_d0'],
      ['d1', 'install the code in omniplace_decode_d1'],
    ]);
    expect(installs[0]?.needs).toContain('sync_code/p0/sync');
  });

  it('waits for the decode servers to be started before it starts prefill', () => {
    const steps = planFrom(FRESH).steps;
    const spawn = (node: string) => steps.find((step) => step.id === `run_server/${node}/spawn`);
    expect(spawn('p0')?.after).toEqual(['run_server/d0/spawn', 'run_server/d1/spawn']);
    expect(spawn('d1')?.needs).toContain('run_server/d0/spawn');
  });
});

describe('the plan of a cluster that is as it should be', () => {
  it('only verifies', () => {
    expect(shown(planFrom(CONVERGED))).toEqual([
      'preflight p0: ok fit',
      'preflight d0: ok fit',
      'preflight d1: ok fit',
      'verify/c0/completion ask the proxy for a completion',
    ]);
  });

  it('puts back a file that was changed by hand, and leaves the server alone that never read it', () => {
    const path = Object.keys(host(CONVERGED, '10.0.0.1').digests).find((name) => name.endsWith('config_p.yaml')) ?? '';
    const facts = {
      ...CONVERGED,
      '10.0.0.1': {
        ...host(CONVERGED, '10.0.0.1'),
        digests: { ...host(CONVERGED, '10.0.0.1').digests, [path]: 'other' },
      },
    };
    expect(shown(planFrom(facts)).filter((line) => !line.startsWith('preflight'))).toEqual([
      'push_config/p0/put put 1 file',
      'verify/c0/completion ask the proxy for a completion',
    ]);
  });

  it('syncs code anew that was edited on a host, and leaves its servers alone', () => {
    const codeEdits = ['a.py', 'b.py', 'c.py', 'd.py'];
    const plan = planFrom({ ...CONVERGED, '10.0.0.2': { ...host(CONVERGED, '10.0.0.2'), codeEdits } });
    const steps = plan.steps.filter(({ tag }) => tag !== 'preflight');
    expect(steps.map(({ id, because }) => [id, because])).toEqual([
      ['sync_code/d0/sync', 'changed on the host after it was synced: a.py, b.py, c.py and 1 more'],
      [
        'verify/c0/completion',
        'only a token that came through proxy, prefill and decode proves that the cluster serves',
      ],
    ]);
  });

  it('restarts the instance whose settings changed, and says what changed', () => {
    const decode = DEPLOYMENT.decode.map((group) => ({
      ...group,
      hosts: group.hosts.map((host) => ({ ...host, settings: { ...host.settings, maxModelLen: 4096 } })),
    }));
    const plan = planFrom(CONVERGED, { ...DEPLOYMENT, decode });
    expect(shown(plan).filter((line) => !line.startsWith('preflight'))).toEqual([
      'push_config/d0/put put 1 file',
      'push_config/d1/put put 1 file',
      'stop_server/d0/pause send no requests to d0, d1',
      'stop_server/d0/stop stop the server of d0',
      'stop_server/d1/stop stop the server of d1',
      'run_server/d0/spawn start the decode server of d0',
      'run_server/d1/spawn start the decode server of d1',
      'run_server/d0/ready wait for 4 servers ready',
      'run_server/d1/ready wait for 4 servers ready',
      'run_proxy/c0/resume send requests to d0, d1 again',
      'verify/c0/completion ask the proxy for a completion',
    ]);
    expect(plan.steps.find((step) => step.id === 'stop_server/d1/stop')?.because).toBe('changed: run_decode.sh');
    // a start may wait for its ports, and ranks of other nodes for it
    expect(plan.steps.find((step) => step.id === 'run_server/d0/ready')?.after).toEqual(['run_server/d1/spawn']);
  });

  it('reloads a proxy that can, once new servers are ready, and stops it where a server restarts', () => {
    const omni = { ...DEPLOYMENT, proxy: { ...DEPLOYMENT.proxy!, engineSettings: { ...PROXY, useOmniProxy: true } } };
    const converged = convergedFacts(TOPOLOGY, desiredOf(ENGINE, omni, TOPOLOGY, FRESH, INPUTS), DEPLOYMENT.image);
    const proxy = { ...omni.proxy, engineSettings: { ...PROXY, useOmniProxy: true, coreNum: 8 } };
    const gone = { ...converged, '10.0.0.1': withoutServer(host(converged, '10.0.0.1'), 'r1/p0') };
    const plan = planFrom(gone, { ...omni, proxy });
    expect(shown(plan).filter((line) => !line.startsWith('preflight'))).toEqual([
      'push_config/c0/put put 1 file',
      'run_server/p0/spawn start the prefill server of p0',
      'run_server/p0/ready wait for 1 server ready',
      'run_proxy/c0/reload reload the proxy of c0',
      'run_proxy/c0/release end what watches the proxy of c0',
      'run_proxy/c0/spawn watch the proxy of c0',
      'run_proxy/c0/ready wait for the proxy to answer',
      'verify/c0/completion ask the proxy for a completion',
    ]);
    const step = (what: string) => plan.steps.find(({ id }) => id === `run_proxy/c0/${what}`);
    expect(step('reload')).toMatchObject({
      because: 'changed: run_proxy.sh',
      needs: ['push_config/c0/put', 'run_server/p0/ready'],
      action: { argv: ['bash', '/var/lib/omniplace/r1/c0/run_proxy.sh', 'reload'], in: 'omniplace_proxy_c0' },
      disruptive: false,
    });
    expect(step('release')?.needs).toEqual(['run_proxy/c0/reload']);
    expect(step('spawn')).toMatchObject({
      needs: ['push_config/c0/put', 'run_proxy/c0/release'],
      action: { ports: { exclusive: [], reused: [] } },
    });
    const decode = DEPLOYMENT.decode.map((group) => ({
      ...group,
      hosts: group.hosts.map((host) => ({ ...host, settings: { ...host.settings, maxModelLen: 4096 } })),
    }));
    const restarts = shown(planFrom(converged, { ...omni, proxy, decode }));
    expect(restarts.filter((line) => line.includes('/c0/')).slice(1, 3)).toEqual([
      'stop_server/c0/stop stop the proxy of c0',
      'run_proxy/c0/spawn start the proxy of c0',
    ]);
  });

  it('starts all of a decode instance when one of its servers is gone', () => {
    const facts = { ...CONVERGED, '10.0.0.3': { ...host(CONVERGED, '10.0.0.3'), processes: [], listening: [] } };
    expect(shown(planFrom(facts)).filter((line) => !line.startsWith('preflight'))).toEqual([
      'stop_server/d0/pause send no requests to d0',
      'stop_server/d0/stop stop the server of d0',
      'run_server/d0/spawn start the decode server of d0',
      'run_server/d1/spawn start the decode server of d1',
      'run_server/d0/ready wait for 4 servers ready',
      'run_server/d1/ready wait for 4 servers ready',
      'run_proxy/c0/resume send requests to d0 again',
      'verify/c0/completion ask the proxy for a completion',
    ]);
  });

  it('lets the proxy leave out servers whose containers are replaced, and those that an earlier run left out', () => {
    const before = host(CONVERGED, '10.0.0.1');
    const containers = before.docker.containers.map((container) =>
      container.labels['omniplace.node'] === 'p0'
        ? { ...container, labels: { ...container.labels, 'omniplace.spec': 'old' } }
        : container,
    );
    const facts = { ...CONVERGED, '10.0.0.1': { ...before, docker: { ...before.docker, containers } } };
    const replaced = planFrom(facts).steps;
    const pause = replaced.find(({ id }) => id === 'run_docker/p0/pause');
    expect([pause?.title, pause?.action.kind === 'exec' && pause.action.argv.at(-1)]).toEqual([
      'send no requests to p0',
      '10.0.0.1:9000',
    ]);
    expect(replaced.find(({ id }) => id === 'run_docker/p0/replace')?.after).toEqual(['run_docker/p0/pause']);
    expect(replaced.find(({ id }) => id === 'run_proxy/c0/resume')?.takesBack).toEqual(['run_docker/p0/pause']);

    const texts = { ...before.texts, '/var/lib/omniplace/r1/c0/run/paused': '10.0.0.1:9000\n' };
    const left = planFrom({ ...CONVERGED, '10.0.0.1': { ...before, texts } });
    expect(
      left.steps.filter(({ tag }) => tag === 'run_proxy').map(({ id, title, because }) => [id, title, because]),
    ).toEqual([['run_proxy/c0/resume', 'send requests to all servers again', 'an earlier run left servers out']]);
    const ofSome = select(left, { ...EVERYTHING, limit: ['d0'] }, TOPOLOGY).plan.steps;
    expect(ofSome.map(({ id }) => id)).toContain('run_proxy/c0/resume');
  });

  it('lets the proxy leave out only servers of the selection, and needs that for nothing', () => {
    const limited = (limit: string[]) => {
      const all = fakeDeployment({
        prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }, { hosts: ['10.0.0.3'] }],
      });
      const topology = topologyOf(all);
      const fresh = desiredOf(ENGINE, all, topology, freshFacts(topology, all.image), INPUTS);
      const prefill = all.prefill.map((group) => ({
        ...group,
        hosts: group.hosts.map((each) => ({ ...each, settings: { ...each.settings, maxModelLen: 4096 } })),
      }));
      const edited = { ...all, prefill };
      const facts = convergedFacts(topology, fresh, all.image);
      return select(planFrom(facts, edited), { ...EVERYTHING, limit }, topologyOf(edited)).plan.steps;
    };
    const steps = limited(['p0']).filter(({ tag }) => tag === 'stop_server' || tag.startsWith('run_'));
    expect(steps.map(({ id, host: address, title }) => [id, address, title])).toEqual([
      ['stop_server/p0/pause', '10.0.0.1', 'send no requests to p0'],
      ['stop_server/p0/stop', '10.0.0.1', 'stop the server of p0'],
      ['run_server/p0/spawn', '10.0.0.1', 'start the prefill server of p0'],
      ['run_server/p0/ready', '10.0.0.1', 'wait for 1 server ready'],
      ['run_proxy/c0/resume', '10.0.0.1', 'send requests to p0, p1, p2 again'],
    ]);
    expect(steps[0]?.action.kind === 'exec' && steps[0].action.argv.slice(-2)).toEqual([
      '0100000A:2328',
      '10.0.0.1:9000',
    ]);
    // of the proxy's own host
    expect(steps[2]?.needs).toEqual(['push_config/p0/put', 'stop_server/p0/stop']);
    const pauses = limited(['p1', 'p2']).filter(({ id }) => id.endsWith('/pause'));
    expect(pauses.map(({ id, host: address }) => [id, address])).toEqual([
      ['stop_server/p1/pause', '10.0.0.1'],
      ['stop_server/p2/pause', '10.0.0.1'],
    ]);
  });

  it('starts a stopped container, and then its instance again', () => {
    const before = host(CONVERGED, '10.0.0.1');
    const containers = before.docker.containers.map((container) =>
      container.labels['omniplace.node'] === 'p0'
        ? { ...container, running: false, status: 'Exited (137)' }
        : container,
    );
    const stopped = { ...before, docker: { ...before.docker, containers }, processes: [], listening: [] };
    const plan = planFrom({ ...CONVERGED, '10.0.0.1': stopped });
    expect(plan.steps.find(({ tag }) => tag === 'run_docker')).toMatchObject({
      id: 'run_docker/p0/start',
      because: 'container is Exited (137)',
      action: { kind: 'exec', argv: ['docker', 'start', 'omniplace_prefill_p0'] },
      disruptive: false,
    });
    expect(shown(plan).filter((line) => /^(run_docker|stop_server|run_server)/.test(line))).toEqual([
      'run_docker/p0/start start container omniplace_prefill_p0',
      'run_server/p0/spawn start the prefill server of p0',
      'run_server/p0/ready wait for 1 server ready',
    ]);
  });

  it('stops the proxy before the servers that it sends requests to, and those in the order of requests', () => {
    const old = Object.entries(CONVERGED).map(([address]) => {
      const { processes, ...found } = host(CONVERGED, address);
      return [address, { ...found, processes: processes.map((process) => ({ ...process, generation: 'old' })) }];
    });
    const stops = planFrom(Object.fromEntries(old)).steps.filter(({ tag }) => tag === 'stop_server');
    expect(stops.map(({ node, after }) => [node, after.map((id) => id.split('/')[1])])).toEqual([
      ['c0', []],
      ['p0', ['c0']],
      ['d0', ['c0', 'p0']],
      ['d1', ['c0', 'p0']],
    ]);
  });

  it('replaces the container of the proxy before those of servers, once every new one is there', () => {
    const { steps } = planFrom(CONVERGED, { ...DEPLOYMENT, logPath: '/data/other/logs' });
    const replaces = steps.filter(({ id }) => id.startsWith('run_docker/') && id.endsWith('/replace'));
    expect(replaces.map(({ node, needs, after }) => [node, needs, after])).toEqual([
      ['p0', ['run_docker/p0/create'], ['run_docker/c0/replace']],
      ['d0', ['run_docker/d0/create'], ['run_docker/c0/replace']],
      ['d1', ['run_docker/d1/create'], ['run_docker/c0/replace']],
      ['c0', ['run_docker/c0/create'], []],
    ]);
    const creates = ['p0', 'd0', 'd1', 'c0'].map((node) => `run_docker/${node}/create`);
    for (const { together } of replaces) expect(together).toEqual(expect.arrayContaining(creates));
  });

  it('replaces the containers of an instance together where hosts may fail', () => {
    const failure = { ...DEPLOYMENT.failure, maxFail: 1 };
    const { steps } = planFrom(CONVERGED, { ...DEPLOYMENT, failure, logPath: '/data/other/logs' });
    const together = (node: string) => steps.find(({ id }) => id === `run_docker/${node}/replace`)?.together;
    const makes = (node: string) => [`run_docker/${node}/folders`, `run_docker/${node}/create`];
    expect(together('d1')).toEqual([...makes('d0'), ...makes('d1')]);
    expect(together('c0')).toEqual(makes('c0'));
  });

  it('may be limited to a node whose container is replaced with those of others', () => {
    const plan = planFrom(CONVERGED, { ...DEPLOYMENT, logPath: '/data/other/logs' });
    expect(select(plan, { ...EVERYTHING, limit: ['c0'] }, TOPOLOGY).problems).toEqual([]);
  });

  it('starts servers once nothing has their ports, and the proxy once nothing listens on its own', () => {
    const { steps } = planFrom(FRESH);
    const portsOf = (id: string) => {
      const action = steps.find((step) => step.id === id)?.action;
      return action?.kind === 'spawn' ? action.ports : null;
    };
    expect(portsOf('run_server/p0/spawn')).toEqual({ exclusive: [9000], reused: [5568], waitMs: 75_000 });
    expect(portsOf('run_server/d0/spawn')?.exclusive).toEqual([9100, 9101, 9102, 9103]);
    expect(portsOf('run_proxy/c0/spawn')?.exclusive).toEqual([]);
    expect(portsOf('run_proxy/c0/spawn')?.reused).toHaveLength(1);
  });

  it('stops the proxy of a node by its role, whatever the name of the node', () => {
    const { nodes } = desiredWith(FRESH);
    expect(stopStep({ ...nodes.c0!, node: 'd7' }, 'proxy', 'x').title).toBe('stop the proxy of d7');
    expect(stopStep({ ...nodes.d0!, node: 'c7' }, 'decode', 'x').title).toBe('stop the server of c7');
  });

  it('installs wheels again when the container under them is another one', () => {
    const before = host(CONVERGED, '10.0.0.2');
    const containers = before.docker.containers.map((container) => ({ ...container, id: 'another' }));
    const facts = { ...CONVERGED, '10.0.0.2': { ...before, docker: { ...before.docker, containers } } };
    expect(planFrom(facts).steps.find((step) => step.tag === 'pip_install')?.because).toBe(
      'wheels are not installed in this container',
    );
  });
});

describe('preflight', () => {
  it.each<[string, Partial<ReachedHost>, string]>([
    [
      'no docker',
      { docker: { state: 'absent', reason: null, version: null, images: {}, containers: [] } },
      'no docker on the host (install docker and start it)',
    ],
    [
      'a daemon that does not answer',
      {
        docker: {
          state: 'down',
          reason: 'Cannot connect to the Docker daemon',
          version: null,
          images: {},
          containers: [],
        },
      },
      'docker does not answer: Cannot connect to the Docker daemon (systemctl start docker)',
    ],
    [
      'no model',
      { paths: { '/data/models/r1': { exists: false, kind: null } } },
      'model path /data/models/r1 is not on the host (copy the model there, or mend services.model_path)',
    ],
    [
      'a full disk',
      { freeBytes: { '/var/lib/omniplace': 1024 } },
      '0 MiB free at /var/lib/omniplace, 64 MiB needed (free some space, or set services.state_path to a larger disk)',
    ],
    [
      'a taken port',
      { listening: [{ port: 9102, pid: 4711 }] },
      'port 9102 (api of d0) is held by process 4711 (choose another port, or see on that host whose it is: ps -o user,lstart,args -p 4711)',
    ],
  ])('finds %s', (_name, parts, words) => {
    const facts = { ...FRESH, '10.0.0.2': freshHost('10.0.0.2', DEPLOYMENT.image, parts) };
    expect(shown(planFrom(facts)).filter((line) => line.startsWith('preflight d0'))).toEqual([
      `preflight d0: failed ${words}`,
    ]);
  });

  it('finds a container of our name that is not ours, and one that holds our dies', () => {
    const fresh = freshHost('10.0.0.2', DEPLOYMENT.image);
    const foreign = {
      id: 'f1',
      name: 'omniplace_decode_d0',
      image: 'x',
      imageId: null,
      running: true,
      status: 'Up',
      labels: {},
      dies: null,
    };
    const holder = { ...foreign, id: 'f2', name: 'somebody', dies: [2, 3, 9] };
    const facts = { ...FRESH, '10.0.0.2': { ...fresh, docker: { ...fresh.docker, containers: [foreign, holder] } } };
    const step = planFrom(facts).steps.find((candidate) => candidate.id === 'preflight/d0/host');
    expect(step?.action).toEqual({
      kind: 'check',
      verdict: 'failed',
      reason: [
        "container omniplace_decode_d0 was not made by omniplace, and has the name of d0's (serve with --take-over omniplace_decode_d0 stops it and gives it another name, or set services.container.name_prefix; omniplace never removes what is not its own)",
        'container somebody holds dies 2,3 that d0 needs (serve with --take-over somebody stops it)',
      ].join('\n'),
    });
  });

  it('finds a device IP that two dies share', () => {
    const facts = {
      ...FRESH,
      '10.0.0.3': freshHost('10.0.0.3', DEPLOYMENT.image, {
        deviceIps: { '0': '172.16.2.0', '1': '172.16.3.1', '2': '172.16.3.2', '3': '172.16.3.3' },
      }),
    };
    expect(shown(planFrom(facts))).toContain(
      'preflight d1: failed die 0 has device IP 172.16.2.0, as has die 0 of 10.0.0.2 (give it another with hccn_tool -i N -ip -s)',
    );
  });
});

describe('what must not be touched', () => {
  const foreign = {
    id: 'f1',
    name: 'omniplace_decode_d1',
    image: 'x',
    imageId: null,
    running: true,
    status: 'Up',
    labels: { mine: '1' },
    dies: null,
  };
  const found = () => host(CONVERGED, '10.0.0.3');
  const facts = () => ({
    ...CONVERGED,
    '10.0.0.3': { ...found(), docker: { ...found().docker, containers: [foreign] }, processes: [], listening: [] },
  });

  it.each<Partial<Selection>>([{}, { only: ['run_docker'] }, { skip: ['preflight'] }, { startAt: 'run_docker' }])(
    'a container of our name without our label is left alone, however selected: %j',
    (selection) => {
      const { plan } = select(planFrom(facts()), { ...EVERYTHING, ...selection }, TOPOLOGY);
      const acting = plan.steps.filter((step) => step.node === 'd1' && step.action.kind === 'exec');
      expect(acting.filter((step) => JSON.stringify(step.action).includes('docker'))).toEqual([]);
      expect(plan.steps.find((step) => step.id === 'run_docker/d1/blocked')?.action).toEqual({
        kind: 'check',
        verdict: 'failed',
        reason: 'container omniplace_decode_d1 was not made by omniplace',
      });
    },
  );

  it('a removal looks at the label once more', () => {
    expect(removeOurs('abc', 'r1').slice(-2)).toEqual(['abc', 'r1']);
    expect(removeOurs('abc', 'r1')[2]).toContain('is not of cluster $2: left alone');
  });

  it('running servers stay when their right state is not known, and no stopped one is started', () => {
    const down: Facts = {
      ...CONVERGED,
      '10.0.0.3': { reachable: false, address: '10.0.0.3', code: 'unreachable', reason: 'off' },
      '10.0.0.2': { ...host(CONVERGED, '10.0.0.2'), processes: [], listening: [] },
    };
    expect(shown(planFrom(down)).filter((line) => !line.startsWith('preflight'))).toEqual([
      'run_server d0: failed not known: deviceIps of 10.0.0.3',
      'verify/c0/completion ask the proxy for a completion',
    ]);
  });

  it('nothing is called new because docker does not answer', () => {
    const docker = { state: 'down', reason: 'no', version: null, images: {}, containers: [] } as const;
    const plan = planFrom({ ...CONVERGED, '10.0.0.1': { ...host(CONVERGED, '10.0.0.1'), docker } });
    expect(plan.steps.filter((step) => step.node === 'p0' && step.tag !== 'preflight').map((step) => step.id)).toEqual([
      'run_docker/p0/blocked',
    ]);
  });

  it('clean_up takes the folders of the nodes it was limited to, and the shared one only when none is left', () => {
    const plan = makePlan({ ...inputOf(CONVERGED), pushBytes: () => 0, imageBytes: () => 0 }, ['clean_up']);
    const steps = select(plan, { ...EVERYTHING, only: ['clean_up'], limit: ['c0'] }, TOPOLOGY).plan.steps;
    expect(steps.map((step) => step.title)).toEqual([
      'remove container omniplace_proxy_c0',
      'remove /var/lib/omniplace/r1/c0',
      'remove /var/lib/omniplace/r1, if no node is left in it',
    ]);
  });
});

describe('a selection', () => {
  it('keeps what is done for a host as a whole when any of its nodes is meant', () => {
    const ids = select(planFrom(FRESH), { ...EVERYTHING, limit: ['c0'] }, TOPOLOGY).plan.steps.map((step) => step.id);
    expect(ids).toContain('preflight/p0/host');
    expect(ids).toContain('sync_code/p0/sync');
  });

  it('takes the named tags and nothing else', () => {
    expect(selected(FRESH, { only: ['sync_code'] }).lines).toEqual([
      'sync_code/p0/sync sync /home/user/code/omniinfer to /var/lib/omniplace/r1/code/omniinfer',
      'sync_code/d0/sync sync /home/user/code/omniinfer to /var/lib/omniplace/r1/code/omniinfer',
      'sync_code/d1/sync sync /home/user/code/omniinfer to /var/lib/omniplace/r1/code/omniinfer',
    ]);
  });

  it('refuses to start servers over what is older than the deployment, and names the tags to use', () => {
    expect(selected(FRESH, { only: ['run_server'] }).problems).toEqual([
      'run_server would run over something older than the deployment (d0: no container; d0: the code is not on the host; d0: missing: config_d.yaml, test_config_decode.json, run_decode.sh and 1 more); use --only run_docker,sync_code,push_config,pip_install,ranktable,run_server',
    ]);
  });

  it('keeps hosts that can not be reached in, whatever the tags', () => {
    const facts: Facts = {
      ...CONVERGED,
      '10.0.0.3': { reachable: false, address: '10.0.0.3', code: 'unreachable', reason: 'no answer within 10 s' },
    };
    expect(selected(facts, { only: ['sync_code'] }).lines).toEqual(['preflight d1: unreachable no answer within 10 s']);
    expect(selected(facts, { only: ['sync_code'], limit: ['!d1'] }).lines).toEqual([]);
  });

  it.each([
    [['decode'], ['d0', 'd1']],
    [['10.0.0.1'], ['p0', 'c0']],
    [['d*', '!10.0.0.3'], ['d0']],
    [['prefill.group1'], ['p0']],
    [['!proxy,p0'], ['p0']],
  ])('limits to %j', (limit, nodes) => {
    const { plan } = select(planFrom(FRESH), { ...EVERYTHING, limit }, TOPOLOGY);
    expect([...new Set(plan.steps.map((step) => step.node))].sort()).toEqual([...nodes].sort());
  });

  it('says which words match nothing', () => {
    expect(selected(FRESH, { only: ['sync'], limit: ['p9'] }).problems).toEqual([
      'no tag sync; there are preflight, take_over, run_docker, sync_code, install_code, push_config, pip_install, ranktable, stop_server, run_server, run_proxy, verify, push_model, build_wheels, clean_up',
      '--limit p9 matches no host, node, role or group; there are p0, d0, d1, c0',
    ]);
  });

  it('starts at a tag', () => {
    const { plan } = select(planFrom(CONVERGED), { ...EVERYTHING, startAt: 'run_proxy' }, TOPOLOGY);
    expect(plan.steps.map((step) => step.id)).toEqual(['verify/c0/completion']);
  });
});

function desiredWith(facts: Facts, deployment = DEPLOYMENT) {
  return desiredOf(ENGINE, deployment, topologyOf(deployment), facts, INPUTS);
}

function planFrom(facts: Facts, deployment = DEPLOYMENT): Plan {
  return makePlan(inputOf(facts, deployment));
}

function inputOf(facts: Facts, deployment = DEPLOYMENT): Examined {
  return {
    deployment,
    topology: topologyOf(deployment),
    desired: desiredWith(facts, deployment),
    facts,
    engine: ENGINE,
    portsOf: boundPorts(ENGINE, DEPLOYMENT, TOPOLOGY),
    pushBytes: () => 0,
    imageBytes: () => 0,
  };
}

function selected(facts: Facts, parts: Partial<Selection>) {
  const { plan, problems } = select(planFrom(facts), { ...EVERYTHING, ...parts }, TOPOLOGY);
  return { lines: shown(plan), problems };
}

function shown(plan: Plan): string[] {
  return plan.steps.map((step) =>
    step.action.kind === 'check'
      ? `${step.tag} ${step.node}: ${step.action.verdict} ${step.action.reason}`
      : `${step.id} ${step.title}`,
  );
}

function withoutServer(found: ReachedHost, identity: string): ReachedHost {
  return { ...found, processes: found.processes.filter(({ node }) => node !== identity) };
}

function host(facts: Facts, address: string): ReachedHost {
  const found = facts[address];
  if (!found?.reachable) throw new Error(address);
  return found;
}
