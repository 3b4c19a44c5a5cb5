import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { hostname, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HostFacts, ProbeRequest, ReachedHost } from '../../src/facts/facts.ts';
import { parseProbe, probeHost, probeScript } from '../../src/facts/probe.ts';
import { digestOf } from '../../src/files/digests.ts';
import { splitSections } from '../../src/shell/sections.ts';
import { LocalHost } from '../fakes/localHost.ts';

const NOTHING: ProbeRequest = {
  address: '127.0.0.1',
  cluster: 'lab',
  accelerator: 'ascend',
  images: [],
  paths: [],
  digests: [],
  texts: [],
  freeOf: [],
  dumps: { functions: '', folders: [] },
  code: null,
  dies: [],
  ports: [],
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-probe-'));
  mkdirSync(join(folder, 'bin'));
  vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function fake(program: string, script: string): void {
  writeFileSync(join(folder, 'bin', program), `#!/bin/sh\n${script}`);
  chmodSync(join(folder, 'bin', program), 0o755);
}

async function probe(request: Partial<ProbeRequest>): Promise<ReachedHost> {
  const facts = await probeHost(new LocalHost('here'), { ...NOTHING, ...request });
  if (!facts.reachable) throw new Error(facts.reason);
  return facts;
}

test('this machine answers everything in one round trip', async () => {
  const hostile = join(folder, "$(touch canary) 'q' \n \\");
  writeFileSync(hostile, 'text\n\n');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const host = new LocalHost('here');
  const askedMs = Date.now();
  const facts = (await probeHost(host, {
    ...NOTHING,
    paths: [hostile, folder, '/dev/null', `${folder}/gone`],
    digests: [hostile, `${folder}/gone`, folder],
    texts: [hostile, `${folder}/gone`, folder],
    freeOf: [`${folder}/not/yet/there`, '/'],
  })) as ReachedHost;
  const tookMs = Date.now() - askedMs;
  server.close();
  expect(host.meter.roundTrips).toBe(1);
  expect(facts).toMatchObject({
    reachable: true,
    address: '127.0.0.1',
    hostname: hostname(),
    kernel: release(),
    interfaceName: 'lo',
    tools: { sha256sum: true },
    paths: {
      [hostile]: { exists: true, kind: 'file' },
      [folder]: { exists: true, kind: 'folder' },
      '/dev/null': { exists: true, kind: 'other' },
      [`${folder}/gone`]: { exists: false, kind: null },
    },
    digests: {
      [hostile]: createHash('sha256').update('text\n\n').digest('hex'),
      [`${folder}/gone`]: null,
      [folder]: null,
    },
    texts: { [hostile]: 'text\n\n', [`${folder}/gone`]: null, [folder]: null },
  });
  // the same clock: all that may differ is the way there and back
  expect(Math.abs(facts.clock.aheadMs)).toBeLessThanOrEqual(tookMs / 2 + 2);
  expect(facts.clock.epochS * 1000).toBeGreaterThanOrEqual(askedMs - 1);
  expect(facts.clock.epochS * 1000).toBeLessThanOrEqual(askedMs + tookMs + 1);
  expect(facts.freeBytes[`${folder}/not/yet/there`]).toBeGreaterThan(0);
  expect(facts.freeBytes['/']).toBeGreaterThan(0);
  expect(facts.listening.map((entry) => entry.port)).toContain(port);
});

test('processes are found by their environment, with the start time of /proc', async () => {
  const env = { ...process.env, OMNIPLACE_NODE: 'lab/p0', OMNIPLACE_GENERATION: `g ${folder}` };
  const child = spawn('sh', ['-c', 'sleep 60; true'], { env, detached: true, stdio: 'ignore' });
  try {
    await expect.poll(async () => ours(await probe({})).length).toBe(2);
    const found = ours(await probe({}));
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    expect(found[0]).toEqual({
      pid: child.pid,
      startTicks: Number(stat[19]),
      node: 'lab/p0',
      generation: `g ${folder}`,
      leader: true,
    });
    expect(found[1]).toMatchObject({ node: 'lab/p0', leader: false });
  } finally {
    process.kill(-child.pid!, 'SIGKILL');
  }
});

function ours(facts: ReachedHost): ReachedHost['processes'] {
  return facts.processes.filter((found) => found.generation === `g ${folder}`);
}

test('docker is asked for images one by one, and for all containers at once', async () => {
  fake(
    'docker',
    `case "$*" in
  "version --format {{json .}}") echo '{"Client":{},"Server":{"Version":"20.10.24"}}';;
  "image inspect --format {{.Id}} {{json .RootFS.Layers}} -- r/i:1") echo 'sha256:aa ["sha256:l1","sha256:l2"]';;
  image*) echo "Error: No such image" >&2; exit 1;;
  "ps -aq --no-trunc") printf 'c1\\nc2\\n';;
  inspect*c1\\ c2) echo '{"id":"c1","name":"/n","image":"r/i:1","imageId":"sha256:aa","status":"exited","running":false,"labels":{},"dies":["0,1"]}'; exit 1;;
  *) exit 9;;
esac`,
  );
  const { docker } = await probe({ images: ['r/i:1', 'gone; touch x'] });
  expect(docker).toEqual({
    state: 'up',
    reason: null,
    version: '20.10.24',
    images: { 'r/i:1': 'sha256:aa', 'gone; touch x': null },
    layers: { 'r/i:1': digestOf('["sha256:l1","sha256:l2"]') },
    containers: [
      {
        id: 'c1',
        name: 'n',
        image: 'r/i:1',
        imageId: 'sha256:aa',
        running: false,
        status: 'exited',
        labels: {},
        dies: [0, 1],
      },
    ],
  });
});

test('docker that is down is told in its own words', async () => {
  fake('docker', `echo '{"Client":{},"Server":null}'; echo "Cannot connect." >&2; exit 1`);
  expect((await probe({})).docker).toMatchObject({ state: 'down', reason: 'Cannot connect.' });
});

test('a probe that breaks off names the last answer it gave', async () => {
  fake('df', 'kill -KILL $PPID');
  const facts: HostFacts = await probeHost(new LocalHost('here'), { ...NOTHING, freeOf: ['/'] });
  expect(facts).toEqual({
    reachable: false,
    address: '127.0.0.1',
    code: 'probe',
    reason: 'the probe ended with exit code 137 after its answer on free',
  });
});

test('the host’s clock is compared with the middle of question and answer', () => {
  const sections = splitSections('\n@@n clock\n1000.000000000\n\n@@n clock\n1000.200000000\n\n@@n end\n', 'n');
  const facts = parseProbe(sections, NOTHING, { sentMs: 990_000, receivedMs: 990_220 });
  expect(facts.clock).toEqual({ epochS: 1000.2, aheadMs: 9990 });
});

test('somebody who waits for the answer is not kept by drivers', () => {
  expect(probeScript(NOTHING, 'abc', 2)).toMatch(/^die_processes$/m);
  expect(probeScript(NOTHING, 'abc', 2, false)).not.toMatch(/^die_processes$/m);
});

test('the machine tells of its memory, its interfaces and ports that connections hold', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  await new Promise((resolve) => client.once('connect', resolve));
  const clientPort = client.localPort ?? 0;
  const free = await probe({ ports: [clientPort, port + 1], freeOf: [folder] });
  client.destroy();
  server.close();
  const { machine } = free;
  expect(machine.connectedPorts).toEqual([clientPort]);
  expect(machine.memoryBytes).toBeGreaterThan(machine.availableBytes ?? Number.POSITIVE_INFINITY);
  expect(machine.interfaces).toContainEqual({ name: 'lo', addresses: ['127.0.0.1'], mtu: 65_536 });
  expect(machine.outgoingPorts?.to).toBeGreaterThan(machine.outgoingPorts?.from ?? 65_536);
  expect(machine.dockerRoot).toMatch(/^\//);
  expect(free.freeBytes[machine.dockerRoot ?? '']).toBeGreaterThan(0);
  expect(machine.unwritable).toEqual([]);
});

test('of the synced code, sources that were written or removed after it was complete are named', async () => {
  const code = join(folder, 'code');
  const marker = join(folder, 'digest');
  mkdirSync(join(code, 'pkg'), { recursive: true });
  for (const name of ['pkg/kept.py', 'pkg/edited.py', 'run.sh', 'new.log']) writeFileSync(join(code, name), 'x');
  // as rsync leaves it where this machine's clock is ahead of the host's
  utimesSync(join(code, 'pkg/kept.py'), new Date(), new Date(Date.now() + 3_600_000));
  expect((await probe({ code: { folder: code, marker } })).codeEdits).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(marker, 'digest');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await probe({ code: { folder: code, marker } })).codeEdits).toEqual([]);
  for (const name of ['pkg/edited.py', 'new.log']) writeFileSync(join(code, name), 'y');
  chmodSync(join(code, 'run.sh'), 0o755);
  expect((await probe({ code: { folder: code, marker } })).codeEdits).toEqual(['pkg/edited.py']);
  writeFileSync(`${marker}.sources`, './pkg/kept.py\n./pkg/edited.py\n./pkg/gone.py\n./run.sh\n');
  expect((await probe({ code: { folder: code, marker } })).codeEdits).toEqual([
    'pkg/edited.py',
    'pkg/gone.py (removed)',
  ]);
  rmSync(join(code), { recursive: true });
  mkdirSync(code);
  expect((await probe({ code: { folder: code, marker } })).codeEdits).toHaveLength(4);
});

test('the script quotes whatever it is asked for', () => {
  const script = probeScript({ ...NOTHING, paths: ["it's $(x)"], texts: ['-n'], ports: [9000] }, 'abc');
  expect(script).toMatch(/^nonce=abc patience=10 die_variable=ASCEND_RT_VISIBLE_DEVICES\n/);
  expect(script.split('\n').slice(-20)).toEqual([
    'clock',
    'machine',
    'boot',
    'memory',
    'software',
    'docker_facts',
    'device_ips',
    'die_processes',
    'interfaces',
    'listening',
    'connected 2328',
    'processes',
    'holders',
    'die_users',
    `paths 'it'\\''s $(x)'`,
    'texts -n',
    'room',
    'dumps',
    'clock',
    'mark end',
  ]);
});
