import type { DieHealth } from '../accelerator.ts';

const NPU = /^\|\s*(\d+)\s+\S+\s*\|\s*([A-Za-z]\S*)\s*\|\s*\S+\s+(\d+)/;
const CHIP = /^\|\s*(\d+)\s+(\d+)\s*\|\s*[0-9A-F]{4}:/;

/**
 * `npu-smi info`: for each chip a line `| NPU Name | Health | Power Temp ..|`, and below it one that begins with the chip and,
 * where an NPU has several, the number of the die.
 */
export function parseAscendHealth(table: string): readonly DieHealth[] {
  const [devices = ''] = table.split(/^.*Process id.*$/m);
  const lines = devices.split('\n');
  return lines.flatMap((line, i) => {
    const [, npu, health, temperature] = NPU.exec(line) ?? [];
    if (npu === undefined || health === undefined) return [];
    const [, , die] = CHIP.exec(lines[i + 1] ?? '') ?? [];
    return [{ die: Number(die ?? npu), problem: health === 'OK' ? null : health, temperatureC: Number(temperature) }];
  });
}
