import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cpuOf } from '../cpuOf.ts';
import { median } from '../median.ts';
import { against } from './against.ts';
import { deploymentOf, vllmDeploymentOf } from './deploymentOf.ts';

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

const VLLM = { prefill: 20, decode: 8, bar: 11 } as const;

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, against: { type: 'string' } } });
const RUNS = Number(values.runs);

void main();

async function main(): Promise<void> {
  if (!existsSync('dist/cli/start.js')) throw new Error('needs the build: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-startup-'));
  try {
    if (values.against === undefined) withBareNode(folder);
    else if (!(await against(values.against, RUNS, folder))) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function withBareNode(folder: string): void {
  console.log(`CPU of a start, medians of ${RUNS}, in turn with a node that does nothing`);
  console.log(`${'command'.padEnd(42)} ours ms  node ms  ratio  bar`);
  for (const [words, bar] of BARS) show(words, words.split(' '), bar, folder);
  for (const { prefill, decode, bar } of VALIDATE) {
    const file = join(folder, `${prefill}.yml`);
    writeFileSync(file, deploymentOf(prefill, decode));
    show(`validate of ${prefill} prefill, ${decode} decode hosts`, ['validate', file], bar, folder);
  }
  const file = join(folder, 'vllm.yml');
  writeFileSync(file, vllmDeploymentOf(VLLM.prefill, VLLM.decode));
  show(`validate of vLLM, ${VLLM.prefill} prefill, ${VLLM.decode} decode hosts`, ['validate', file], VLLM.bar, folder);
}

function show(what: string, argv: readonly string[], bar: number, folder: string): void {
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
