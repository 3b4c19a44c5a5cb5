import { describe, expect, test } from 'vitest';
import { parseDocker } from '../../src/facts/parseDocker.ts';
import { parseDigests, parseDumps, parseFree, parsePaths, parseTexts } from '../../src/facts/parseFiles.ts';
import { parseInterface, parseListening } from '../../src/facts/parseNetwork.ts';
import { parseProcesses, parseStopped } from '../../src/facts/parseProcesses.ts';
import { type Section, splitSections } from '../../src/shell/sections.ts';

const section = (name: string, body: string, index: number | null = null): Section => ({ name, index, body });

describe('sections', () => {
  test('are what stands behind marks, whatever a login prints before', () => {
    const output =
      'Welcome!\n@@0 end\nlast login\n\n@@7f clock\n1.5\n\n@@7f text 12\nno newline\n@@7f text 13\n\n\n\n@@7f end\n';
    expect(splitSections(output, '7f')).toEqual([
      section('clock', '1.5\n'),
      section('text', 'no newline', 12),
      section('text', '\n\n', 13),
      section('end', ''),
    ]);
  });

  test('are none where nothing was marked', () => {
    expect(splitSections('bash: sh: command not found\n', '7f')).toEqual([]);
  });
});

describe('docker', () => {
  const dies = (list: readonly string[]): string => JSON.stringify(list);
  const container = (over: string): string =>
    `{"id":"c1","name":"/omniplace_prefill_p0","image":"r/i:1","imageId":"sha256:aa","status":"running","running":true,"labels":{"omniplace.node":"p0"},"dies":[]${over}}`;
  const client = '"Client":{"Platform":{"Name":""},"Version":"20.10.24+dfsg1","ApiVersion":"1.41"}';
  const up = [section('docker', `{${client},"Server":{"Version":"20.10.23","ApiVersion":"1.41"}}\n`)];

  test('is up, with images by reference and containers', () => {
    const facts = parseDocker(
      [
        ...up,
        section('image', 'sha256:aa\n', 0),
        section('image', '', 1),
        section('containers', `${container('')}\n${container(`,"dies":${dies(['0, 1,x,3'])}`)}\n`),
      ],
      ['r/i:1', 'absent:2'],
    );
    const first = {
      id: 'c1',
      name: 'omniplace_prefill_p0',
      image: 'r/i:1',
      imageId: 'sha256:aa',
      running: true,
      status: 'running',
      labels: { 'omniplace.node': 'p0' },
      dies: null,
    };
    expect(facts).toEqual({
      state: 'up',
      reason: null,
      version: '20.10.23',
      images: { 'r/i:1': 'sha256:aa', 'absent:2': null },
      containers: [first, { ...first, dies: [0, 1, 3] }],
    });
  });

  test('tells of containers that it restarted itself, and of none that somebody started', () => {
    const at = '"startedAt":"2026-11-21T22:58:23.5Z"';
    const found = parseDocker(
      [
        ...up,
        section(
          'containers',
          [
            container(`,"restarts":0,"restarting":false,${at},"exitCode":0,"oomKilled":false`),
            container(`,"restarts":3,"restarting":false,${at},"exitCode":0,"oomKilled":true`),
            container(`,"restarts":7,"restarting":true,${at},"exitCode":137,"oomKilled":false`),
            container(`,"restarts":"many","restarting":1,"startedAt":{},"exitCode":[]`),
          ].join('\n'),
        ),
      ],
      [],
    );
    const lastS = Date.parse('2026-11-21T22:58:23.5Z') / 1000;
    expect(found.containers.map(({ restarts }) => restarts)).toEqual([
      undefined,
      { count: 3, lastS, waits: false, exitCode: null, outOfMemory: true },
      { count: 7, lastS, waits: true, exitCode: 137, outOfMemory: false },
      undefined,
    ]);
  });

  test('may be podman, which leaves parts of ids and labels out', () => {
    const id = 'b'.repeat(64);
    const facts = parseDocker(
      [
        section(
          'docker',
          'Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.\n{"Client":{"APIVersion":"4.3.1","Version":"4.3.1","OsArch":"linux/amd64"}}\n',
        ),
        section('image', `${id}\n`, 0),
        section('containers', container(',"labels":null,"name":"n","imageId":null')),
      ],
      ['localhost/i'],
    );
    expect(facts.version).toBe('podman 4.3.1');
    expect(facts.images).toEqual({ 'localhost/i': `sha256:${id}` });
    expect(facts.containers[0]).toMatchObject({ name: 'n', labels: {}, imageId: null });
  });

  test('is down with the last words of its client', () => {
    const words = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
    const facts = parseDocker(
      [section('docker', `{${client},"Server":null}\n${words}\n`), section('docker-down', '')],
      ['i'],
    );
    expect(facts).toEqual({ state: 'down', reason: words, version: null, images: { i: null }, containers: [] });
  });

  test('is down when it hangs', () => {
    const facts = parseDocker([section('docker', ''), section('docker-down', '')], []);
    expect(facts.reason).toBe('the docker daemon does not answer in time');
  });

  test('is absent without a client', () => {
    expect(parseDocker([section('docker', 'absent\n')], ['i'])).toEqual({
      state: 'absent',
      reason: 'no docker client on this host',
      version: null,
      images: { i: null },
      containers: [],
    });
  });

  test('keeps what it can read when a container vanished under inspect', () => {
    const facts = parseDocker([...up, section('containers', `${container('')}\n{"id":"c2",\nnull\n[]\n"x"\n`)], []);
    expect(facts.containers.map(({ id }) => id)).toEqual(['c1']);
  });
});

describe('the interface', () => {
  const addresses = [
    '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
    '2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0\\       valid_lft forever preferred_lft forever',
    '5: bond0.7    inet 10.7.0.5/16 scope global bond0.7\\       valid_lft forever preferred_lft forever',
  ].join('\n');
  const routes = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  ].join('\n');

  test('is the one that carries the address', () => {
    expect(parseInterface(addresses, routes, '10.7.0.5')).toBe('bond0.7');
  });
  test('is the default route’s where none carries it (behind NAT) or ip is not there', () => {
    expect(parseInterface(addresses, routes, '203.0.113.1')).toBe('eth0');
    expect(parseInterface('', routes, '10.7.0.5')).toBe('eth0');
  });
  test('is unknown without a default route', () => {
    expect(parseInterface('', routes.split('\n').slice(0, 2).join('\n'), '10.7.0.5')).toBeNull();
  });
});

describe('listening ports', () => {
  test('come from ss with the pids that hold them', () => {
    const ss = [
      'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=71,fd=3))',
      'LISTEN 0 511 *:9000 *:* users:(("node",pid=812,fd=18),("node",pid=813,fd=18))',
      'LISTEN 0 4096 [::1]:631 [::]:*',
      'LISTEN 0 4096 127.0.0.53%lo:53 0.0.0.0:*',
    ].join('\n');
    expect(parseListening(ss, '')).toEqual([
      { port: 22, pid: 71 },
      { port: 53, pid: null },
      { port: 631, pid: null },
      { port: 9000, pid: 812 },
    ]);
  });

  test('come from /proc without them, once for IPv4 and IPv6', () => {
    const proc = [
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
      '   1: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000',
      'garbage',
    ].join('\n');
    expect(parseListening('', proc)).toEqual([{ port: 8080, pid: null }]);
  });
});

describe('dump folders', () => {
  test('are told by the newest that a time names, with its windows and the time of the last', () => {
    const sections = [section('dump', '20261121_225001 412 1795300000\n', 0), section('dump', '', 1)];
    expect(parseDumps(sections, ['/data/dump', '/data/other'])).toEqual({
      '/data/dump': { stamp: '20261121_225001', windows: 412, newestS: 1_795_300_000 },
      '/data/other': null,
    });
  });
});

describe('our processes', () => {
  test('that a signal or a debugger has stopped are known', () => {
    const stat = (pid: number, state: string) => `${pid} (a (b) c) ${state} 1 ${'0 '.repeat(17)}55 0`;
    expect(parseStopped([stat(12, 'T'), stat(7, 't'), stat(9, 'S'), stat(10, 'D')].join('\n'))).toEqual([7, 12]);
  });

  const stat = (pid: number, comm: string, state: string, parent: number, ticks: number): string =>
    `${pid} (${comm}) ${state} ${parent} ${'0 '.repeat(17)}${ticks} 1000 10`;

  test('are those with the marker; the leader’s parent has none', () => {
    const markers = [
      '/proc/100/environ:OMNIPLACE_NODE=lab/p0',
      '/proc/100/environ:OMNIPLACE_GENERATION=abc',
      '/proc/99/environ:OMNIPLACE_NODE=lab/d0',
      '/proc/101/environ:OMNIPLACE_NODE=lab/p0',
      '/proc/102/environ:OMNIPLACE_NODE=lab/p0',
      '/proc/102/environ:OMNIPLACE_GENERATION=abc',
      '/proc/103/environ:OMNIPLACE_NODE=gone/already',
    ].join('\n');
    const stats = [
      stat(100, 'sh', 'S', 1, 5000),
      stat(101, 'a) R 1 (b', 'S', 100, 5001),
      stat(102, 'node', 'Z', 100, 5002),
      stat(99, 'python3', 'R', 7, 123456789012),
      'garbage',
    ].join('\n');
    expect(parseProcesses(markers, stats)).toEqual([
      { pid: 99, startTicks: 123456789012, node: 'lab/d0', generation: '', leader: true },
      { pid: 100, startTicks: 5000, node: 'lab/p0', generation: 'abc', leader: true },
      { pid: 101, startTicks: 5001, node: 'lab/p0', generation: '', leader: false },
    ]);
  });
});

describe('files', () => {
  test('exist as what they are', () => {
    const said = [section('path', 'folder\n', 0), section('path', '', 1), section('path', 'other\n', 2)];
    expect(parsePaths(said, ['/a', '/b', '/dev/x', '/unasked'])).toEqual({
      '/a': { exists: true, kind: 'folder' },
      '/b': { exists: false, kind: null },
      '/dev/x': { exists: true, kind: 'other' },
      '/unasked': { exists: false, kind: null },
    });
  });

  test('have digests, whatever their names', () => {
    const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
    const said = `${one}  /a b\n\\${two}  /new\\nline\\\\n\nsha256sum: /gone: No such file or directory\n`;
    expect(parseDigests([section('digests', said)], ['/a b', '/new\nline\\n', '/gone'])).toEqual({
      '/a b': one,
      '/new\nline\\n': two,
      '/gone': null,
    });
  });

  test('are texts to the byte, or not there', () => {
    const said = [section('text', ' x\n\n', 1)];
    expect(parseTexts(said, ['/gone', '/t'])).toEqual({ '/gone': null, '/t': ' x\n\n' });
  });

  test('lie on a disk with so much room, whatever the device is called', () => {
    const df = (line: string): string => `Filesystem 1024-blocks Used Available Capacity Mounted on\n${line}\n`;
    const said = [
      section('free', df('/dev/vda1 100 40 60 40% /'), 0),
      section('free', df('//nas/my share 900 1 899 1% /mnt/my share'), 1),
      section('free', df('overlay 10 12 -2 120% /var/lib'), 2),
      section('free', '', 3),
    ];
    expect(parseFree(said, ['/', '/mnt/x', '/var/lib/x', '/hung'])).toEqual({
      '/': 61_440,
      '/mnt/x': 920_576,
      '/var/lib/x': 0,
    });
  });
});
