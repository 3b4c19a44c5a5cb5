import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textFile } from '../../src/engines/desiredFile.ts';
import { exitOf } from '../../src/operations/cluster/run/exitOf.ts';
import type { Step } from '../../src/plan/step.ts';
import type { FailureLimit } from '../../src/runner/context.ts';
import type { RunEvent } from '../../src/runner/event.ts';
import { runPlan } from '../../src/runner/run.ts';
import { createPool, type Pool } from '../../src/transport/pool.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

const missing =
  sshdMissing() ?? (process.getuid?.() === 0 ? null : 'without root sshd has no process per session to kill');
const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;
const LOST = HOSTS[1];

/** Three real SSH servers; one of them goes away at some moment of a run of two phases. */
describe('a host that goes away', unless(missing), () => {
  let servers: FakeSshd[];
  let pool: Pool;
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'omniplace-lost-'));
    servers = await Promise.all(HOSTS.map(() => startSshd()));
    pool = createPool((address) => {
      const options = servers[HOSTS.indexOf(address as (typeof HOSTS)[number])]!.options();
      return { ...options, ssh: { ...options.ssh, connectTimeoutMs: 20_000 } };
    });
  });
  afterEach(async () => {
    await pool.closeAll();
    for (const server of servers) server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('before it is asked: named at once, and the others follow the policy', async () => {
    process.kill(servers[1]!.pid, 'SIGKILL');
    for (const [policy, later] of [
      [{ onFailure: 'continue', maxFail: 0 }, 'changed'],
      [{ onFailure: 'stop', maxFail: 1 }, 'changed'],
      [{ onFailure: 'stop', maxFail: 0 }, 'cancelled'],
    ] as const) {
      const { statuses, exitCode, verdictMs, messages } = await run(shellSteps('true'), policy);
      expect(statuses).toEqual([
        ['changed', 'unreachable', 'changed'],
        [later, 'cancelled', later],
      ]);
      expect(exitCode).toBe(4);
      expect(messages[1]).toMatch(/^can't reach 127\.0\.0\.1 port \d+ as .*: connection refused/);
      // not at the end of the connect timeout
      expect(verdictMs).toBeLessThan(20_000);
    }
  });

  it('in the middle of a step: the others go on, it is asked nothing more', async () => {
    const { statuses, exitCode, messages } = await run(
      shellSteps('sleep 1'),
      { onFailure: 'continue', maxFail: 0 },
      () => killSessions(servers[1]!),
    );
    expect(statuses).toEqual([
      ['changed', 'unreachable', 'changed'],
      ['changed', 'cancelled', 'changed'],
    ]);
    expect(exitCode).toBe(4);
    expect(messages[1]).toMatch(/^lost the connection to 127\.0\.0\.1 port \d+/);
  });

  it('in the middle of a transfer: no file of it takes its name', async () => {
    const bytes = 'x'.repeat(32 * 1024 * 1024);
    const steps = HOSTS.map(
      (host, i): Step => ({
        ...step('push_config', i),
        action: { kind: 'put', files: [textFile(join(folder, host, 'config'), bytes)] },
      }),
    );
    const { statuses, exitCode } = await run(steps, { onFailure: 'continue', maxFail: 0 }, () => {
      // as soon as something of it has arrived
      const arriving = setInterval(() => {
        if (filesIn(join(folder, LOST)).length === 0) return;
        clearInterval(arriving);
        killSessions(servers[1]!);
      }, 1);
      setTimeout(() => clearInterval(arriving), 10_000);
    });
    const ended = statuses[0]![1];
    expect([statuses[0]![0], statuses[0]![2]]).toEqual(['changed', 'changed']);
    if (ended === 'changed') return; // it was faster than we were
    expect([ended, exitCode]).toEqual(['unreachable', 4]);
    await expect.poll(() => filesIn(join(folder, LOST))).toEqual([]);
  });

  function shellSteps(script: string): Step[] {
    return (['run_docker', 'push_config'] as const).flatMap((tag) =>
      HOSTS.map(
        (_, i): Step => ({
          ...step(tag, i),
          needs: tag === 'push_config' ? [`run_docker/p${i}/a`] : [],
          action: { kind: 'exec', argv: ['sh', '-c', `echo begun; ${script}`], in: null, stdin: null },
        }),
      ),
    );
  }

  async function run(steps: Step[], policy: FailureLimit, onBegun?: () => void) {
    let lostAtMs = 0;
    let begun = false;
    const emit = (event: RunEvent) => {
      const isLost = 'step' in event && typeof event.step === 'object' && event.step.host === LOST;
      if (event.kind === 'step-started' && isLost && !begun) {
        begun = true;
        // the step's own first line may still be on its way
        setTimeout(() => onBegun?.(), 100);
      }
      if (event.kind === 'step-ended' && isLost && lostAtMs === 0) lostAtMs = performance.now();
    };
    const startedMs = performance.now();
    const results = await runPlan(
      { cluster: 'c', digest: 'd', generation: 'g', steps },
      {
        open: pool.open,
        emit,
        journal: { begin: async () => {}, end: async () => {} },
        signal: new AbortController().signal,
        nowMs: () => performance.now() - startedMs,
        forks: 8,
        policy,
      },
    );
    const tags = [...new Set(steps.map(({ tag }) => tag))];
    return {
      statuses: tags.map((tag) => results.filter((result) => result.step.startsWith(tag)).map(({ status }) => status)),
      messages: results.map(({ message }) => message),
      exitCode: exitOf(results, false).exitCode,
      verdictMs: lostAtMs - startedMs,
    };
  }
});

/** The processes that sshd made for those who are logged in. */
function killSessions({ pid }: FakeSshd): void {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  for (const child of children.split(' ').filter(Boolean)) process.kill(Number(child), 'SIGKILL');
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function step(tag: 'run_docker' | 'push_config', host: number): Step {
  return {
    id: `${tag}/p${host}/a`,
    tag,
    node: `p${host}`,
    host: HOSTS[host]!,
    title: 'a',
    because: 'test',
    needs: [],
    after: [],
    guard: null,
    action: { kind: 'exec', argv: ['true'], in: null, stdin: null },
    deadlineMs: 20_000,
    disruptive: false,
  };
}
