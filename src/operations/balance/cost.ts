import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BalanceTarget } from '../../balancing/targets.ts';
import type { StepResult } from '../../plan/step.ts';
import { parseJournal } from '../../state/history.ts';

/** Runs that are looked through. */
const NEWEST = 30;

/**
 * How long an instance of the target was away when it restarted last, the longest of them, ms; null: this machine
 * remembers no start of one of them.
 */
export async function lastAway(
  stateFolder: string,
  cluster: string,
  { instances }: BalanceTarget,
): Promise<number | null> {
  const folder = join(stateFolder, cluster, 'runs');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl')).sort();
  const missing = new Map(instances.map((instance) => [instance.master as string, instance.nodes]));
  let longest: number | null = null;
  for (const name of names.slice(-NEWEST).reverse()) {
    if (missing.size === 0) break;
    const run = parseJournal(await readFile(join(folder, name), 'utf8'));
    for (const [master, nodes] of missing) {
      const took = run === null ? null : awayMs(run.results, new Set(nodes));
      if (took === null) continue;
      longest = Math.max(longest ?? 0, took);
      missing.delete(master);
    }
  }
  return missing.size === 0 ? longest : null;
}

/** From the first step that took servers away, or started them, to the last that found one ready. Null: none was started. Pure. */
export function awayMs(results: readonly StepResult[], nodes: ReadonlySet<string>): number | null {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  const ready = new Set<string>();
  for (const { step, status, startedMs, durationMs } of results) {
    const [tag, node, what] = step.split('/') as [string, string, string];
    if (!nodes.has(node) || (status !== 'ok' && status !== 'changed')) continue;
    if (tag === 'stop_server' || (tag === 'run_server' && what === 'spawn')) from = Math.min(from, startedMs);
    if (tag === 'run_server' && what === 'ready') {
      ready.add(node);
      to = Math.max(to, startedMs + durationMs);
    }
  }
  return Number.isFinite(from) && ready.size > 0 ? Math.round(to - from) : null;
}
