import { manyHosts } from '../../test/fakes/manyHosts.ts';
import { median } from '../median.ts';

const SIZES = [32, 64, 128, 256];
/** Each doubling may cost so many times as much for each host. */
const BAR = 1.25;

const at = process.argv.indexOf('--runs');
const RUNS = at < 0 ? 3 : Number(process.argv[at + 1]);

void main();

async function main(): Promise<void> {
  const hosts = await manyHosts(SIZES.at(-1)!);
  try {
    console.log(`ten no-op steps on each host; medians of ${RUNS}, CPU of the controller without loading its programs`);
    console.log('hosts  CPU ms  each  times before  MiB  wall s');
    let before: number | null = null;
    for (const size of SIZES) {
      const runs = [];
      for (let run = 0; run < RUNS; run += 1) runs.push(await hosts.run(size));
      const cpuMs = median(runs.map((run) => run.cpuMs));
      const each = cpuMs / size;
      const times = before === null ? null : each / before;
      before = each;
      console.log(
        [
          String(size).padStart(5),
          cpuMs.toFixed(0).padStart(7),
          each.toFixed(1).padStart(5),
          (times === null ? '' : `${times.toFixed(2)}${times > BAR ? ' MISSED' : ''}`).padStart(13),
          (Math.max(...runs.map(({ peakBytes }) => peakBytes)) / 1024 ** 2).toFixed(0).padStart(4),
          (median(runs.map(({ wallMs }) => wallMs)) / 1000).toFixed(1).padStart(7),
        ].join(' '),
      );
    }
  } finally {
    hosts.down();
  }
}
