import type { Plan, Step } from '../../src/plan/step.ts';
import { linesView } from '../../src/report/lines.ts';
import { runPlan } from '../../src/runner/run.ts';
import { newRunId, openJournal } from '../../src/state/journal.ts';
import { createPool } from '../../src/transport/pool.ts';

export interface NoopRun {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  readonly knownHosts: string;
  readonly stateFolder: string;
}

/** What the controller's whole process took. */
export interface Took {
  readonly numHosts: number;
  readonly done: number;
  /** Of the run, without what loading programs took. */
  readonly cpuMs: number;
  readonly peakBytes: number;
  readonly wallMs: number;
}

const NUM_STEPS = 10;

/** Ten steps on each host that do nothing, run as `serve` runs its own: journal, lines, real transport. */
export async function main({ addresses, port, user, privateKey, knownHosts, stateFolder }: NoopRun): Promise<void> {
  const login = { user, port, privateKey, passphrase: null, password: null, agent: false, jump: null };
  const ssh = { hostKeys: 'strict', knownHosts, become: null, connectTimeoutMs: 60_000 } as const;
  const pool = createPool((address) => ({ address, login, ssh, password: null, passphrase: null }));
  const plan: Plan = { cluster: 'many', digest: '', generation: '', steps: addresses.flatMap(stepsOf) };
  const startedAt = new Date();
  const begunCpu = process.cpuUsage();
  const begunMs = performance.now();
  const journal = await openJournal(stateFolder, {
    run: newRunId(startedAt),
    command: 'serve',
    deployment: 'many.yml',
    asked: null,
    plan,
    startedAt: startedAt.toISOString(),
  });
  const results = await runPlan(plan, {
    open: pool.open,
    emit: linesView(() => {}, { verbose: false }),
    journal,
    signal: new AbortController().signal,
    nowMs: () => performance.now() - begunMs,
    forks: 64,
    policy: { onFailure: 'stop', maxFail: 0 },
  });
  await journal.close({ outcome: 'done', exitCode: 0 });
  await pool.closeAll();
  const { user: userUs, system } = process.cpuUsage(begunCpu);
  const took: Took = {
    numHosts: addresses.length,
    done: results.filter(({ status }) => status === 'changed').length,
    cpuMs: (userUs + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    wallMs: performance.now() - begunMs,
  };
  process.stdout.write(`${JSON.stringify(took)}\n`);
  process.exit();
}

function stepsOf(host: string, i: number): Step[] {
  const node = `p${i}` as const;
  return Array.from({ length: NUM_STEPS }, (_, n) => ({
    id: `run_docker/${node}/t${n}`,
    tag: 'run_docker',
    node,
    host,
    title: `t${n}`,
    because: 'a test',
    needs: [],
    after: [],
    guard: null,
    action: { kind: 'exec', argv: ['true'], in: null, stdin: null },
    deadlineMs: 300_000,
    disruptive: false,
  }));
}
