import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plan, Step } from '../../src/plan/step.ts';
import type { Tag } from '../../src/plan/tags.ts';
import { linesView } from '../../src/report/lines.ts';
import { runPlan } from '../../src/runner/run.ts';
import { newRunId, openJournal } from '../../src/state/journal.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { createPool } from '../../src/transport/pool.ts';
import { type Host, type Job, NUM_FILES, renderedFile } from './job.ts';

/** Our side of a work: a plan, run as `serve` runs its own, with journal and lines. */
async function main(job: Job): Promise<void> {
  const pool = createPool((address) => ({
    address,
    login: {
      user: 'root',
      port: 22,
      privateKey: job.key,
      passphrase: null,
      password: null,
      agent: false,
      jump: null,
    },
    ssh: { hostKeys: 'strict', knownHosts: job.knownHosts, become: null, connectTimeoutMs: 30_000 },
    password: null,
    passphrase: null,
  }));
  const steps = job.hosts.flatMap((host, i) => stepsOf(job, host, `p${i}`));
  const plan: Plan = { cluster: 'bench', digest: '', generation: '', steps };
  const now = new Date();
  const journal = await openJournal(job.stateFolder, {
    run: newRunId(now),
    command: 'serve',
    deployment: 'bench.yml',
    asked: null,
    plan,
    startedAt: now.toISOString(),
  });
  const startedMs = performance.now();
  const results = await runPlan(plan, {
    open: pool.open,
    emit: linesView((text) => void process.stderr.write(text), { verbose: false }),
    journal,
    signal: new AbortController().signal,
    nowMs: () => performance.now() - startedMs,
    forks: 64,
    policy: { onFailure: 'stop', maxFail: 0 },
  });
  const done = results.filter((result) => result.status === 'changed').length;
  await journal.close({ outcome: 'done', exitCode: 0 });
  await pool.closeAll();
  if (done !== steps.length) throw new Error(`${done} of ${steps.length} steps done`);
}

function stepsOf(job: Job, host: Host, node: NodeName): Step[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  switch (job.work) {
    case 'files': {
      const files = numbers(NUM_FILES).map((item) => {
        const text = renderedFile(host, item);
        return {
          path: `/root/app-${item}.conf`,
          mode: 0o644,
          sha256: sha256(text),
          sizeBytes: Buffer.byteLength(text),
          content: { text },
        };
      });
      return [step('push_config', host, node, 'files', { kind: 'put', files })];
    }
    case 'steps':
      return numbers(20).map((n) => command(host, node, n, ['sh', '-c', `echo ${n}; uname -n`]));
    case 'noop':
      return numbers(10).map((n) => command(host, node, n, ['true']));
    case 'big': {
      const { localPath, sha256, sizeBytes } = job.big;
      const file = { path: '/root/f64', mode: 0o644, sha256, sizeBytes, content: { localPath } };
      return [step('push_config', host, node, 'f64', { kind: 'put', files: [file] })];
    }
  }
}

function command(host: Host, node: NodeName, n: number, argv: [string, ...string[]]): Step {
  return step('run_docker', host, node, `t${n}`, { kind: 'exec', argv, in: null, stdin: null });
}

function step(tag: Tag, host: Host, node: NodeName, name: string, action: Step['action']): Step {
  return {
    id: `${tag}/${node}/${name}`,
    tag,
    node,
    host: host.address,
    title: name,
    because: 'bench',
    needs: [],
    after: [],
    guard: null,
    action,
    deadlineMs: 300_000,
    disruptive: false,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

main(JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Job).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
