import { cpus, loadavg } from 'node:os';
import { hostsUp } from './hosts.ts';
import type { Work } from './job.ts';
import { readOptions } from './options.ts';
import type { Row } from './row.ts';
import { printTable } from './table.ts';
import { missing, runWork } from './works.ts';

/** In network and mount namespaces of its own (run.mjs). */
async function main(folder: string, argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  // stdout is the answer's
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const absent = (['ansible', 'mitogen'] as const).flatMap((who) => {
    const why = missing(who);
    return why === null ? [] : [`WITHOUT ${who.toUpperCase()}: ${why}`];
  });
  for (const line of absent) say(line);
  const rows: Row[] = [];
  const loadBefore = loadavg()[0];
  for (const [numHosts, works] of [
    [options.hosts, ['files', 'steps', 'big']],
    [options.many, ['noop']],
  ] as const) {
    const wanted = (works as readonly Work[]).filter((work) => options.only.includes(work));
    if (wanted.length === 0) continue;
    const hosts = await hostsUp(folder, numHosts);
    say(`${numHosts} hosts are up`);
    for (const work of wanted) rows.push(await runWork(work, hosts, folder, options, say));
    hosts.down();
  }
  // a busy machine slows one process down more than sixty: the load belongs to the numbers
  const machine = { cores: cpus().length, node: process.version, loadBefore, loadAfter: loadavg()[0] };
  if (options.json) console.log(JSON.stringify({ machine, runs: options.runs, absent, rows }, null, 1));
  else printTable(rows);
}

const [folder = '', ...argv] = process.argv.slice(2);
main(folder, argv).then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
