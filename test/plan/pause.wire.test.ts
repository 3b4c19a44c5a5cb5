import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planStop } from '../../src/operations/stop/stop.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';

const folder = mkdtempSync(join(tmpdir(), 'omniplace-pause-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the step prints. @param docker script that takes the place of docker */
function pausedWith(docker: string): string {
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${docker}\n`, { mode: 0o755 });
  const step = planStop(clusterOf(fakeDeployment(), true), ['p0'], false).plan.steps[0];
  if (step?.id !== 'stop_server/p0/pause' || step.action.kind !== 'exec') throw new Error(`not a pause: ${step?.id}`);
  const [program, ...args] = step.action.argv;
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  return execFileSync(program!, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
}

describe('the step that lets a proxy leave out a server', () => {
  it('runs in the container of the proxy', () => {
    expect(pausedWith('echo "$1 $2 $3 $4 $5"')).toBe('exec -e OMNIPLACE_LEASH omniplace_proxy_c0 sh\n');
  });

  it('succeeds with a warning where the proxy could not', () => {
    expect(pausedWith('exit 1')).toBe(
      'warning: the proxy could not leave out p0, whose ports may stay taken for a minute\n',
    );
  });
});
