import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDumps } from '../../src/operations/pattern/readDumps.ts';

const LAYERS = 58;
const POSITIONS = 288;
/** Windows that differ; the others are further names of theirs. */
const DISTINCT = 16;

export interface WindowsRow {
  readonly windows: number;
  readonly megabytes: number;
  readonly cpuS: number;
  readonly rssMB: number;
}

/** Reads so many windows, each number in a process of its own, so that its memory is its own. */
export function windowRows(counts: readonly number[]): WindowsRow[] {
  return counts.map((count) => {
    const folder = mkdtempSync(join(tmpdir(), 'omniplace-bench-'));
    try {
      const megabytes = writeWindows(folder, count) / 1e6;
      const { stdout } = spawnSync(process.execPath, [process.argv[1]!], {
        env: { ...process.env, BENCH_READ: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
      });
      return { windows: count, megabytes, ...(JSON.parse(stdout) as { cpuS: number; rssMB: number }) };
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** In the process that reads. */
export async function readHere(folder: string): Promise<void> {
  const before = process.cpuUsage();
  await readDumps([folder], { episodes: 8 }, () => {});
  const { user, system } = process.cpuUsage(before);
  const rssMB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ cpuS: (user + system) / 1e6, rssMB }));
}

/** @returns bytes */
function writeWindows(folder: string, count: number): number {
  const dump = join(folder, '20261122_000000');
  mkdirSync(dump);
  const name = (step: number) => join(dump, `activation_counts_recordstep_${step}_rank_0.txt`);
  let bytes = 0;
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  const sizes: number[] = [];
  for (let step = 1; step <= count; step++) {
    if (step <= DISTINCT) {
      const line = () => `${Array.from({ length: POSITIONS }, () => next() >>> 18).join('\t')}\t\n`;
      const text = Array.from({ length: LAYERS }, line).join('');
      writeFileSync(name(step), text);
      sizes.push(text.length);
    } else linkSync(name(((step - 1) % DISTINCT) + 1), name(step));
    bytes += sizes[(step - 1) % DISTINCT]!;
  }
  return bytes;
}
