import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuOf } from '../cpuOf.ts';
import { median } from '../median.ts';

/** Times the CPU of bare node; before commands were made to start fast they took 8, 12 and 16. */
const BARS: readonly (readonly [string, number])[] = [
  ['--version', 6.8],
  ['--help', 6.8],
  ['-h', 6.8],
  ['serve --help', 6.8],
  ['pattern --help', 6.8],
];
const VALIDATE: readonly { readonly prefill: number; readonly decode: number; readonly bar: number }[] = [
  { prefill: 20, decode: 1, bar: 11 },
  { prefill: 36, decode: 64, bar: 15 },
];

const at = process.argv.indexOf('--runs');
const RUNS = at < 0 ? 5 : Number(process.argv[at + 1]);

if (!existsSync('dist/cli/start.js')) throw new Error('needs the build: npm run build');
const folder = mkdtempSync(join(tmpdir(), 'omniplace-startup-'));
try {
  console.log(`CPU of a start, medians of ${RUNS}, in turn with a node that does nothing`);
  console.log(`${'command'.padEnd(42)} ours ms  node ms  ratio  bar`);
  for (const [words, bar] of BARS) show(words, words.split(' '), bar);
  for (const { prefill, decode, bar } of VALIDATE) {
    const file = join(folder, `${prefill}.yml`);
    writeFileSync(file, deploymentOf(prefill, decode));
    show(`validate of ${prefill} prefill, ${decode} decode hosts`, ['validate', file], bar);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function show(what: string, argv: readonly string[], bar: number): void {
  const [ours, bare] = [[] as number[], [] as number[]];
  for (let run = 0; run < RUNS; run += 1) {
    bare.push(cpuOf(['-e', '0'], folder));
    ours.push(cpuOf(['bin/run.js', ...argv], folder));
  }
  const ratio = median(ours) / median(bare);
  const cells = [
    median(ours).toFixed(0).padStart(7),
    median(bare).toFixed(0).padStart(8),
    ratio.toFixed(1).padStart(6),
  ];
  console.log(`${what.padEnd(42)} ${cells.join(' ')}  ${bar}${ratio > bar ? ': MISSED' : ''}`);
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
