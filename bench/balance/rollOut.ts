import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { awayMs } from '../../src/operations/balance/cost.ts';
import type { BalanceAnswer } from '../../src/operations/balance/types.ts';
import { parseJournal } from '../../src/state/history.ts';
import { ServingCluster } from '../../test/fakes/servingCluster.ts';

export interface RollOutRow {
  readonly collectS: number;
  readonly solveS: number;
  readonly applyS: number;
  readonly awayS: number;
  /** Of the whole process: without the engines' restart, and without measuring afterwards. */
  readonly besidesS: number;
}

const RECORDING = '{mode: base, dump: true}';

/** One decode instance on so many hosts of one sshd each; its windows are complete before each run. */
export async function rollOuts(runs: number, hosts: number, dies: number): Promise<RollOutRow[]> {
  const cluster = new ServingCluster({ prefill: 1, decode: hosts, dies, layers: 58, experts: 256 });
  try {
    await cluster.up();
    const file = cluster.serving(RECORDING);
    const rows: RollOutRow[] = [];
    for (let run = 0; run < runs; run++) {
      // back to the base placement
      rmSync(file.replace(/\.yml$/, '.balance'), { recursive: true, force: true });
      const served = await cluster.omniplace('serve', file, '--yes');
      if (served.code !== 0) throw new Error(`serve: ${served.stderr}`);
      const ran = await cluster.omniplace('balance', file, '--role', 'decode', '--wait', '0', '--yes', '--json');
      const answer = ran.json<BalanceAnswer>();
      if (answer.decision !== 'applied') throw new Error(`balance: ${ran.stdout}${ran.stderr}`);
      const { collectMs = 0, solveMs = 0, applyMs = 0, measureMs = 0 } = answer.timings;
      const away = awayMs(lastRun(cluster), new Set(answer.restarted)) ?? 0;
      rows.push({
        collectS: collectMs / 1_000,
        solveS: solveMs / 1_000,
        applyS: applyMs / 1_000,
        awayS: away / 1_000,
        besidesS: (ran.tookMs - away - measureMs) / 1_000,
      });
      process.stderr.write(`run ${run + 1}: ${rows.at(-1)!.besidesS.toFixed(2)} s\n`);
    }
    return rows;
  } finally {
    cluster.down();
  }
}

function lastRun({ root, name }: ServingCluster) {
  const folder = join(root, 'home/me/omniplace', name, 'runs');
  const newest = readdirSync(folder).sort().at(-1)!;
  return parseJournal(readFileSync(join(folder, newest), 'utf8'))!.results;
}
