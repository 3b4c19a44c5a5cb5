import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const RUNS = 3;
const BUILT = existsSync('dist/cli/start.js');
const folder = mkdtempSync(join(tmpdir(), 'omniplace-startup-'));
afterAll(() => rmSync(folder, { recursive: true }));

// CPU time against bare node's (26 ms in an empty environment), both the least of several runs taken in turn: a busy machine
// moves both. Measured 4.3, 8 and 10; before commands were made to start fast 8, 12 and 16
describe.skipIf(!BUILT)(`starting${BUILT ? '' : ' (needs the build: npm run build)'}`, () => {
  it.each([
    ['--version', 6.8],
    ['--help', 6.8],
    ['-h', 6.8],
    ['serve --help', 6.8],
    ['pattern --help', 6.8],
  ])('%s costs less than %s times bare node', (words, bar) => {
    expect(ratio(words.split(' '))).toBeLessThan(bar);
  });

  it.each([
    [20, 1, 11],
    [36, 64, 15],
  ])('validate of %s prefill hosts and %s decode hosts costs less than %s times bare node', (prefill, decode, bar) => {
    const file = join(folder, `${prefill}.yml`);
    writeFileSync(file, deploymentOf(prefill, decode));
    expect(ratio(['validate', file])).toBeLessThan(bar);
  });
});

/** How many times the CPU of a node that does nothing. */
function ratio(words: readonly string[]): number {
  const [ours, bare] = [[] as number[], [] as number[]];
  for (let run = 0; run < RUNS; run += 1) {
    bare.push(cpuOf(['-e', '0']));
    ours.push(cpuOf(['bin/run.js', ...words]));
  }
  return Math.min(...ours) / Math.min(...bare);
}

/** CPU milliseconds of whole processes, several times the same: `times` counts in hundredths of a second. */
function cpuOf(argv: readonly string[]): number {
  const script = 'for i in 1 2 3 4; do "$@" >/dev/null 2>&1 || exit 1; done; times';
  // without the test runner's own variables: oclif looks for sources where NODE_ENV is test
  const env = { PATH: process.env.PATH, HOME: folder };
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', process.execPath, ...argv], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${argv.join(' ')} failed`);
  const children = stdout.trim().split('\n')[1] ?? '';
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 1000 * (60 * Number(minutes) + Number(seconds)),
    0,
  );
}

function deploymentOf(prefill: number, decode: number): string {
  const address = (n: number) => `10.0.0.${n + 1}`;
  const group = (n: number) =>
    `    group${n + 1}: {hosts: ${address(n)}, master_port: ${8000 + n}, base_api_port: ${9000 + n}}\n`;
  const decodeHosts = Array.from({ length: decode }, (_, i) => address(prefill + i)).join(',');
  return `deployment:
  defaults: {user: root, agent: true, ascend_rt_visible_devices: "0,1,2,3"}
  prefill:
${Array.from({ length: prefill }, (_, i) => group(i)).join('')}
  decode:
    group1: {hosts: "${decodeHosts}", master_port: 8500, base_api_port: 9500}
  proxy: {host: 10.0.0.1, listen_port: 7000, prefill_lb_sdk: pd_score_balance, decode_lb_sdk: pd_score_balance}
services:
  name: many
  docker_image: omni:1
  model_path: /data/models/r1
  model: {moe_layers: 58, experts: 256, top_k: 8, first_dense_layers: 3}
  served_model_name: r1
  log_path: /data/log
`;
}
