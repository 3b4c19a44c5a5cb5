import { execFileSync } from 'node:child_process';
import { cpuMs } from './measure.ts';
import type { Options } from './options.ts';
import { vllmStart } from './placements.ts';
import { contestants } from './solvers.ts';
import { ms, type Table } from './table.ts';
import { skewedLoad } from './workloads.ts';

const SHAPE = { layers: 58, experts: 256 };
const RANKS = 32;
const SLOTS = 9;

/** The first call in a fresh process, as a command makes it, beside the tenth. */
export function* benchCold(options: Options): Iterable<Table> {
  const rows = contestants('uniform').map(({ name }) => {
    const argv = [process.argv[1]!, '--cold', name, '--seed', String(options.seed)];
    const { cold, warm } = JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' })) as Times;
    return [name, ms(cold), ms(warm)];
  });
  yield {
    title: 'cold and warm',
    note: `DeepSeek-V3 log-normal, ${SHAPE.layers} layers x ${SHAPE.experts} experts, EP${RANKS} x ${SLOTS} slots, seed ${options.seed}; CPU of the first call in a fresh process, and the median of the tenth to nineteenth.`,
    columns: ['solver', 'cold ms', 'warm ms'],
    rows,
  };
}

interface Times {
  readonly cold: number;
  readonly warm: number;
}

/** In the child process. */
export function runCold(name: string, options: Options): void {
  const load = skewedLoad(SHAPE, 'log-normal', options.seed);
  const old = vllmStart(SHAPE.layers, SHAPE.experts, RANKS, SLOTS);
  const contestant = contestants('uniform').find((other) => other.name === name);
  if (contestant === undefined) throw new Error(`no solver is called ${name}`);
  const call = () => cpuMs(() => contestant.place({ load, ranks: RANKS, slotsPerRank: SLOTS, old }));
  const cold = call();
  for (let i = 0; i < 8; i++) call();
  const times = Array.from({ length: 10 }, call).sort((a, b) => a - b);
  console.log(JSON.stringify({ cold, warm: times[5] } satisfies { cold: number; warm: number | undefined }));
}
