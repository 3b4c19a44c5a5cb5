import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type RollOutRow, rollOuts } from './rollOut.ts';
import { readHere, type WindowsRow, windowRows } from './windows.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: 'rollout,windows' },
      runs: { type: 'string', default: '3' },
      hosts: { type: 'string', default: '16' },
      dies: { type: 'string', default: '2' },
      windows: { type: 'string', default: '1000,10000' },
    },
  });
  const wanted = values.only.split(',');
  const [runs, hosts, dies] = [values.runs, values.hosts, values.dies].map(Number) as [number, number, number];
  const windows = wanted.includes('windows') ? windowRows(values.windows.split(',').map(Number)) : [];
  const rollout = wanted.includes('rollout') ? await rollOuts(runs, hosts, dies) : [];
  const machine = { cores: cpus().length, node: process.version, load: loadavg()[0] };
  if (values.json) console.log(JSON.stringify({ machine, windows, rollout }, null, 1));
  else console.log([...windowTable(windows), ...rollOutTable(rollout)].join('\n'));
}

function windowTable(rows: readonly WindowsRow[]): string[] {
  if (rows.length === 0) return [];
  return [
    '| windows of 58 x 288 | MB | CPU s | MB per CPU s | memory, MB |',
    '|---|---|---|---|---|',
    ...rows.map(
      ({ windows, megabytes, cpuS, rssMB }) =>
        `| ${windows} | ${megabytes.toFixed(0)} | ${cpuS.toFixed(2)} | ${(megabytes / cpuS).toFixed(0)} | ${rssMB.toFixed(0)} |`,
    ),
    '',
  ];
}

function rollOutTable(rows: readonly RollOutRow[]): string[] {
  if (rows.length === 0) return [];
  return [
    '| run | collect | solve | apply | of it engines restarting | whole process, without that and measuring after |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      ({ collectS, solveS, applyS, awayS, besidesS }, run) =>
        `| ${[run + 1, ...[collectS, solveS, applyS, awayS, besidesS].map((value) => `${value.toFixed(2)} s`)].join(' | ')} |`,
    ),
  ];
}

const folder = process.env.BENCH_READ;
(folder === undefined ? main() : readHere(folder)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
