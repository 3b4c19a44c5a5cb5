import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunSummary } from '../../../src/runner/event.ts';
import { FakeCluster, NO_FAKE_HOSTS } from '../../fakes/fakeCluster.ts';
import { inProcess } from '../../fakes/inProcess.ts';
import { unless } from '../../fakes/unless.ts';

const cluster = new FakeCluster(2);
const omniplace = inProcess();
let file = '';

const serve = () => omniplace<RunSummary>('serve', file, '--yes');
const clean = (...more: string[]) => omniplace<RunSummary>('stop', file, '--removed-hosts', ...more);
const containers = (host: number) =>
  readdirSync(join(cluster.root, 'hosts', String(host), 'docker')).filter((name) => name.endsWith('.c'));
const warnings = ({ next }: RunSummary) => next.filter((line) => line.includes('any more'));
const WARNING = `warning: ${cluster.address(2)} is not in the deployment file any more, and may still run what was served there`;

describe('a host that was taken out of the deployment file', unless(NO_FAKE_HOSTS), () => {
  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', join(cluster.root, 'home'));
    await cluster.up();
    file = cluster.deployment();
    expect(await serve()).toMatchObject({ code: 0 });
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^ {4}group2: .*\n/m, ''));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    cluster.down();
  });

  it('is remembered by the others, also after they were served without it', async () => {
    for (const _ of ['once', 'again']) {
      const { code, answer } = await serve();
      expect([code, warnings(answer)[0]]).toEqual([0, expect.stringContaining(WARNING)]);
    }
    expect(containers(2)).toHaveLength(1);
  });

  it('is cleaned on request, after a question, and forgotten', async () => {
    expect(await clean()).toMatchObject({ code: 2, answer: { error: { code: 'needs_yes' } } });
    const { code, answer } = await clean('--yes');
    expect([code, answer.results.map(({ step, status }) => [step, status])]).toEqual([
      0,
      [
        [`clean_up/m1/${cluster.address(2)}-remove-omniplace_mixed_m1`, 'changed'],
        [`clean_up/m1/${cluster.address(2)}-folder`, 'changed'],
      ],
    ]);
    expect([containers(1).length, containers(2)]).toEqual([1, []]);
    expect(cluster.text(2, 'lease')).toBeNull();
    const again = await serve();
    expect([again.code, warnings(again.answer)]).toEqual([0, []]);
    expect(await clean('--yes')).toMatchObject({ code: 0, answer: { changed: 0 } });
  });
});
