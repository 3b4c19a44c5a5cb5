import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan, Step, StepResult } from '../plan/step.ts';
import { durableLines } from './durableLines.ts';
import type { JournalAsked, JournalStep } from './state.gen.ts';

export type { JournalAsked, JournalStep } from './state.gen.ts';

/** The append-only record of one run, a JSON document per line; every line is on disk before the call returns. */
export interface Journal {
  readonly run: string;
  readonly path: string;
  begin(steps: readonly Step[]): Promise<void>;
  end(result: StepResult): Promise<void>;
  close(outcome: { readonly outcome: string; readonly exitCode: number }): Promise<void>;
}

export interface JournalHeader {
  readonly run: string;
  /** What was asked for: `serve`, `stop`, `restart`. */
  readonly command: string;
  readonly deployment: string;
  readonly plan: Plan;
  readonly startedAt: string;
  readonly asked: JournalAsked | null;
}

export async function openJournal(folder: string, header: JournalHeader): Promise<Journal> {
  const runs = join(folder, header.plan.cluster, 'runs');
  await mkdir(runs, { recursive: true, mode: 0o700 });
  const path = join(runs, `${header.run}.jsonl`);
  const file = await open(path, 'ax', 0o600);
  const append = durableLines(file);
  const { plan } = header;
  await append({
    kind: 'run',
    run: header.run,
    command: header.command,
    startedAt: header.startedAt,
    pid: process.pid,
    deployment: header.deployment,
    cluster: plan.cluster,
    generation: plan.generation,
    plan: plan.digest,
    asked: header.asked,
    steps: plan.steps.map(journalled),
  });
  return {
    run: header.run,
    path,
    begin: (steps) => append({ kind: 'begin', steps: steps.map((step) => step.id) }),
    end: (result) => append({ kind: 'end', ...result }),
    close: async (outcome) => {
      await append({ kind: 'closed', ...outcome });
      await file.close();
    },
  };
}

function journalled({ id, host, because, action }: Step): JournalStep {
  return { id, host, because, ...(action.kind === 'put' && { paths: action.files.map((file) => file.path) }) };
}

/** Sorts by time, and two runs of one second differ. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}
