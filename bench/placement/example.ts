import { cpSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Load, writeNpyInt64 } from '../../src/placement/index.ts';
import { movingLoad, SHAPES, skewedLoad } from './workloads.ts';

const SEED = 7;
const [folder = 'example'] = process.argv.slice(2);

// nine minutes of one popularity that drifts; the first five are one start of the engine, the rest the next one
const minutes = movingLoad(SHAPES['DeepSeek-V3'], 'drift', 9, SEED);
writeDump('20250619_095310', 0, 5);
writeDump('20250619_110000', 5, 9);

// the first start as it might arrive: a window is missing, the last one cut off
const half = join(folder, 'half');
cpSync(join(folder, 'dump', '20250619_095310'), half, { recursive: true });
rmSync(join(half, windowName(2)));
truncateSync(join(half, windowName(5)), 40_000);

const load = skewedLoad({ layers: 8, experts: 256 }, 'log-normal', SEED);
writeFileSync(join(folder, 'load.npy'), writeNpyInt64([load.layers, load.experts], load.tokens));

function writeDump(stamp: string, first: number, end: number): void {
  const dump = join(folder, 'dump', stamp);
  mkdirSync(dump, { recursive: true });
  for (let minute = first; minute < end; minute++) {
    writeFileSync(join(dump, windowName(minute - first + 1)), windowText(minutes, minute));
  }
}

function windowName(recordStep: number): string {
  return `activation_counts_recordstep_${recordStep}_rank_0.txt`;
}

function windowText({ layers, experts, tokens }: Load, minute: number): string {
  const line = (layer: number) => {
    const at = (minute * layers + layer) * experts;
    return `${tokens.subarray(at, at + experts).join('\t')}\t\n`;
  };
  return Array.from({ length: layers }, (_, layer) => line(layer)).join('');
}
