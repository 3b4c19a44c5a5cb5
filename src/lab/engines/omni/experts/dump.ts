import { mkdirSync, writeFileSync } from 'node:fs';
import { logInfo } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { Slots } from './slots.ts';

/** Makes the folder of this start's dumps, named by local time as OmniPlacement names it. */
export function makeDumpFolder(dumpDir: string, now: Date): string {
  const folder = `${dumpDir}/${stamp(now)}`;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new Refusal('RuntimeError', `cannot create dump_dir ${folder}: ${(cause as Error).message}`);
  }
  return folder;
}

/** Writes one window: a line per layer, a number and a TAB per physical position. */
export function writeDump(folder: string, recordStep: number, tokens: Float64Array, slots: Slots): void {
  const columns = slots.numRanks * slots.slotsPerRank;
  let text = '';
  for (let layer = 0; layer < slots.numLayers; layer++) {
    for (let at = 0; at < columns; at++) text += `${tokens[layer * columns + at]}\t`;
    text += '\n';
  }
  writeFileSync(`${folder}/activation_counts_recordstep_${recordStep}_rank_0.txt`, text);
  logInfo(`EXPERT_COUNTS For RecordStep:${recordStep}`);
}

function stamp(now: Date): string {
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${date}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
