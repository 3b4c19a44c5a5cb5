import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DialectFacts, Facts, ProbeRequest } from '../../../src/facts/facts.ts';
import { addDialects, type ReadOptions } from '../../../src/operations/cluster/addDialects.ts';
import { freshHost } from '../../fakes/facts.ts';
import { FakeHost } from '../../fakes/fakeHost.ts';

/** Starts no container: the folder of the image is one of this machine. */
const DOCKER = `echo "$@" >> "$CALLS"
while [ "$1" != sha256:image ]; do shift; done; shift
exec sh "$@"`;
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-dialects-'));
  fakeDocker(DOCKER);
  vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`);
  vi.stubEnv('CALLS', join(folder, 'calls'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function fakeDocker(script: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin/docker'), `#!/bin/sh\n${script}`);
  chmodSync(join(folder, 'bin/docker'), 0o755);
}

function inImage(path: string, text: string): void {
  const file = join(folder, 'image', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function request(address: string): ProbeRequest {
  const dialect: ProbeRequest['dialect'] = {
    image: 'repo/image:1',
    folder: join(folder, 'image'),
    files: ['a.sh', 'deep/b.py', 'gone.sh'],
    read: (from, texts) => ({ from, state: 'read', problem: null, accepts: texts }),
  };
  return { address, dialect } as ProbeRequest;
}

const reached = (id: string | null = 'sha256:image'): Facts =>
  Object.fromEntries(
    ADDRESSES.map((address) => {
      const { dialect: _, ...host } = freshHost(address, 'repo/image:1');
      return [address, { ...host, docker: { ...host.docker, images: { 'repo/image:1': id } } }];
    }),
  );

async function added(facts: Facts, options: Partial<ReadOptions> = {}, cutAt: RegExp | null = null) {
  const hosts = ADDRESSES.map((address) => new FakeHost(address, cutAt));
  const found = await addDialects(
    facts,
    Object.fromEntries(ADDRESSES.map((address) => [address, request(address)])),
    async (address) => hosts.find((host) => host.address === address)!,
    { stateFolder: join(folder, 'state'), ...options },
  );
  const dialects = ADDRESSES.map((address) => {
    const host = found[address]!;
    return host.reachable ? host.dialect : undefined;
  });
  return { dialects, roundTrips: hosts.reduce((sum, { meter }) => sum + meter.roundTrips, 0) };
}

it('reads an image in one round trip on one host, and never again', async () => {
  inImage('a.sh', 'first\n\nlast without its end');
  inImage('deep/b.py', '@@ text 1\n');
  const read: DialectFacts = {
    from: 'sha256:image',
    state: 'read',
    problem: null,
    accepts: { 'a.sh': 'first\n\nlast without its end', 'deep/b.py': '@@ text 1\n' },
  };
  expect(await added(reached())).toEqual({ dialects: [read, read, read], roundTrips: 1 });
  expect(await added(reached())).toEqual({ dialects: [read, read, read], roundTrips: 0 });
  const calls = readFileSync(join(folder, 'calls'), 'utf8');
  expect(calls).toContain('run --rm --network none --entrypoint sh sha256:image -c ');
});

it('asks nobody about an image that no host has', async () => {
  expect(await added(reached(null))).toEqual({ dialects: [undefined, undefined, undefined], roundTrips: 0 });
});

it('reports why an image could not be read, keeps nothing of it, and asks again', async () => {
  fakeDocker('echo "exec: sh: not found" >&2; exit 127');
  const unreadable = { from: 'sha256:image', state: 'unreadable', problem: 'exec: sh: not found', accepts: null };
  expect(await added(reached())).toMatchObject({ dialects: [unreadable, unreadable, unreadable], roundTrips: 1 });
  fakeDocker(DOCKER);
  expect((await added(reached())).dialects[0]).toMatchObject({ state: 'read' });
});

it('continues without the dialect when the host is lost on the way', async () => {
  const { dialects } = await added(reached(), {}, /docker run/);
  expect(dialects[0]).toMatchObject({ state: 'unreadable', problem: 'lost 10.0.0.1 on the way' });
});

it('does not ask when there is no time left, unless the answer is known', async () => {
  expect(await added(reached(), { deadlineMs: 0 })).toMatchObject({
    dialects: [{ state: 'unasked' }, {}, {}],
    roundTrips: 0,
  });
  await added(reached());
  expect((await added(reached(), { deadlineMs: 0 })).dialects[0]).toMatchObject({ state: 'read' });
});

it('reads an image again when what was kept of it is damaged', async () => {
  await added(reached());
  for (const file of filesIn(join(folder, 'state/images'))) writeFileSync(file, '{"a.sh": ');
  expect((await added(reached())).roundTrips).toBe(1);
});

it('takes what is known of synced code as it is', async () => {
  const known: DialectFacts = { from: 'code 1234', state: 'read', problem: null, accepts: {} };
  const found = await addDialects(
    reached(),
    { '10.0.0.1': { ...request('10.0.0.1'), dialect: known } },
    () => Promise.reject(new Error('nobody is asked')),
    { stateFolder: join(folder, 'state') },
  );
  expect(found['10.0.0.1']).toMatchObject({ dialect: known });
  expect(existsSync(join(folder, 'state'))).toBe(false);
});

function filesIn(path: string): string[] {
  return readdirSync(path).map((name) => join(path, name));
}

it('does not try an unreadable image again for a caller that remembers it', async () => {
  fakeDocker('exit 127');
  const unreadable = new Map<string, DialectFacts>();
  expect(await added(reached(), { unreadable })).toMatchObject({
    roundTrips: 1,
    dialects: [{ state: 'unreadable' }, {}, {}],
  });
  expect(await added(reached(), { unreadable })).toMatchObject({
    roundTrips: 0,
    dialects: [{ state: 'unreadable' }, {}, {}],
  });
  expect((await added(reached())).roundTrips).toBe(1);
});

it('keeps what the newest 20 images accept', async () => {
  for (let i = 0; i < 22; i++) {
    fakeDocker(`while [ "$1" != sha256:${i} ]; do shift; done; shift\nexec sh "$@"`);
    await added(reached(`sha256:${i}`));
    for (const path of filesIn(join(folder, 'state/images'))) {
      const { mtimeMs } = statSync(path);
      utimesSync(path, mtimeMs / 1000 - 10, mtimeMs / 1000 - 10);
    }
  }
  expect(filesIn(join(folder, 'state/images'))).toHaveLength(20);
  expect((await added(reached('sha256:21'))).roundTrips).toBe(0);
  expect((await added(reached('sha256:2'))).roundTrips).toBe(0);
  expect((await added(reached('sha256:1'))).roundTrips).toBe(1);
});
