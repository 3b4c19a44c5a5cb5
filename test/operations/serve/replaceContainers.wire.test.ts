import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ClusterStatus } from '../../../src/operations/status/status.ts';
import type { RunSummary } from '../../../src/runner/event.ts';
import { FakeCluster, NO_FAKE_HOSTS } from '../../fakes/fakeCluster.ts';
import { inProcess } from '../../fakes/inProcess.ts';
import { unless } from '../../fakes/unless.ts';

const cluster = new FakeCluster(2);
const omniplace = inProcess();
let file = '';

const docker = (host: number, name = '') => join(cluster.root, 'hosts', String(host), 'docker', name);
/** Name and id of each container of a host. */
const containers = (host: number): Record<string, string> =>
  Object.fromEntries(
    readdirSync(docker(host))
      .filter((name) => name.endsWith('.c'))
      .map((name) => [name.slice(0, -2), /id=(\w+)/.exec(readFileSync(docker(host, name), 'utf8'))![1]!]),
  );
const serve = (...more: string[]) => omniplace<RunSummary>('serve', file, '--yes', ...more);
/** Served with it, every container is another one. */
const CHANGE = ['-e', 'services.container.shm_size=7g'];
const SERVING = ['serving', 'm0 serving', 'm1 serving'];
const failed = ({ results }: RunSummary) =>
  results.filter(({ status }) => status === 'failed').map(({ step, output }) => [step, output]);
const states = async () => {
  const { answer } = await omniplace<ClusterStatus>('status', file);
  return [answer.state, ...answer.nodes.map(({ node, state }) => `${node} ${state}`)];
};

describe('containers that are replaced', unless(NO_FAKE_HOSTS), () => {
  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', join(cluster.root, 'home'));
    await cluster.up();
    file = cluster.deployment();
    expect(await serve()).toMatchObject({ code: 0 });
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    cluster.down();
  });

  it('serve on, all of them, when docker refuses to make one of the new ones', async () => {
    const before = [containers(1), containers(2)];
    writeFileSync(docker(2, 'refuse-run'), 'refused by the test\n');
    const { code, answer } = await serve(...CHANGE);
    rmSync(docker(2, 'refuse-run'));
    expect(code).toBe(3);
    expect(failed(answer)).toEqual([['run_docker/m1/create', ['refused by the test']]]);
    expect([containers(1), containers(2)]).toEqual(before);
    await expect.poll(states).toEqual(SERVING);
  });

  it('keep their name and server when docker refuses to rename the new one', async () => {
    const before = containers(2);
    writeFileSync(docker(2, 'refuse-rename'), 'refused by the test\n');
    const { code, answer } = await serve(...CHANGE, '--limit', 'm1');
    rmSync(docker(2, 'refuse-rename'));
    expect(code).toBe(3);
    expect(failed(answer)).toEqual([['run_docker/m1/replace', ['refused by the test']]]);
    expect(containers(2)).toEqual(before);
    await expect.poll(states).toEqual(SERVING);
  });

  it('are replaced at the next run, over what a killed run left', async () => {
    const [name] = Object.keys(containers(1));
    // one that was made and never used, and one that had its name already
    const text = readFileSync(docker(1, `${name}.c`), 'utf8');
    writeFileSync(docker(1, `${name}.next.c`), text.replace(/name=\S+/, `name=${name}.next`).replace(/id=./, 'id=f'));
    writeFileSync(docker(1, `${name}.old.c`), text.replace(/name=\S+/, `name=${name}.old`));
    rmSync(docker(1, `${name}.c`));
    const before = [containers(1), containers(2)];
    const { code, answer } = await serve(...CHANGE);
    expect({ code, failed: failed(answer) }).toEqual({ code: 0, failed: [] });
    expect([containers(1), containers(2)].map((each) => Object.keys(each))).toEqual([
      ['omniplace_mixed_m0'],
      ['omniplace_mixed_m1'],
    ]);
    expect(Object.values(before[0]!)).not.toContain(Object.values(containers(1))[0]);
    expect(Object.values(before[1]!)).not.toContain(Object.values(containers(2))[0]);
    await expect.poll(states).toEqual(SERVING);
  });

  it('remove the one that a killed run had replaced, and start its server in the new one', async () => {
    const [name] = Object.keys(containers(1));
    const text = readFileSync(docker(1, `${name}.c`), 'utf8');
    // the server runs in the one that was renamed
    writeFileSync(docker(1, `${name}.old.c`), text.replace(/name=\S+/, `name=${name}.old`));
    writeFileSync(docker(1, `${name}.c`), text.replace(/id=./, 'id=e'));
    const { code, answer } = await serve(...CHANGE);
    expect({ code, failed: failed(answer) }).toEqual({ code: 0, failed: [] });
    const steps = answer.results.map(({ step }) => step);
    expect(steps).toEqual(expect.arrayContaining(['run_docker/m0/leftover', 'run_server/m0/spawn']));
    expect(Object.keys(containers(1))).toEqual([name]);
    await expect.poll(states).toEqual(SERVING);
  });
});
