import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLoosely } from '../files/parseJson.ts';
import type { StepResult } from '../plan/step.ts';
import { type JournalAsked, JournalEntryShape, type JournalStep } from './state.gen.ts';

/** One run, as its journal records it. */
export interface PastRun {
  readonly run: string;
  readonly command: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly deployment: string;
  readonly generation: string;
  /** `died`: its process was killed, and it could not say how it ended; `running`: it still does. */
  readonly outcome: string;
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** Steps planned. */
  readonly numSteps: number;
  /** Steps that changed something, by tag, in the order of the run. */
  readonly changed: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
  /** Steps that were begun and never ended: what they did is not known. */
  readonly open: readonly string[];
  readonly results: readonly StepResult[];
  readonly steps: readonly JournalStep[];
  /** Null: it can't be finished by another run. */
  readonly asked: JournalAsked | null;
}

/** Every run of a cluster from this machine, newest first. Lines that a crash cut short are passed over. */
export async function readHistory(stateFolder: string, cluster: string): Promise<readonly PastRun[]> {
  const folder = join(stateFolder, cluster, 'runs');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl')).sort();
  const runs = await Promise.all(names.map(async (name) => parseJournal(await readFile(join(folder, name), 'utf8'))));
  return runs.flatMap((run) => run ?? []).reverse();
}

/** Null: not even its first line is there. */
export function parseJournal(text: string, isAlive: (pid: number) => boolean = processLives): PastRun | null {
  const entries = text.split('\n').flatMap((line) => parseLoosely(line, JournalEntryShape) ?? []);
  const head = entries.find((entry) => entry.kind === 'run');
  if (head === undefined) return null;
  const results = entries.filter((entry) => entry.kind === 'end');
  const closed = entries.find((entry) => entry.kind === 'closed');
  const ended = new Set<string>(results.map((result) => result.step));
  const changed: Record<string, number> = {};
  for (const { step, status } of results) {
    const tag = step.split('/', 1)[0]!;
    if (status === 'changed') changed[tag] = (changed[tag] ?? 0) + 1;
  }
  return {
    run: head.run,
    command: head.command,
    startedAt: head.startedAt,
    deployment: head.deployment,
    generation: head.generation,
    outcome: closed?.outcome ?? (isAlive(head.pid) ? 'running' : 'died'),
    exitCode: closed?.exitCode ?? null,
    durationMs: Math.max(0, ...results.map((result) => result.startedMs + result.durationMs)),
    numSteps: head.steps.length,
    changed,
    failed: results.filter(({ status }) => status === 'failed' || status === 'unreachable').map(({ step }) => step),
    open: entries.flatMap((entry) => (entry.kind === 'begin' ? entry.steps : [])).filter((step) => !ended.has(step)),
    results: results.map(({ kind: _, ...result }) => result),
    steps: head.steps.filter((step) => typeof step !== 'string'),
    asked: head.asked,
  };
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
