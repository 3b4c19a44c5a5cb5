import { spawnSync } from 'node:child_process';

/** `times` counts in hundredths of a second: several starts of one program are one measurement. */
const STARTS = 4;

/** CPU milliseconds of one start of node with `argv`, children included. */
export function cpuOf(argv: readonly string[], home: string): number {
  const script = `for i in ${Array.from({ length: STARTS }, (_, i) => i).join(' ')}; do "$@" >/dev/null 2>&1 || exit 1; done; times`;
  const env = { PATH: process.env.PATH, HOME: home };
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', process.execPath, ...argv], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${argv.join(' ')} failed`);
  const children = stdout.trim().split('\n')[1] ?? '';
  const ms = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 1000 * (60 * Number(minutes) + Number(seconds)),
    0,
  );
  return ms / STARTS;
}
