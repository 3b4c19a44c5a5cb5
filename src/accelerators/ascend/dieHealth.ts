import type { DieHealth } from '../accelerator.ts';
import { readChips } from './chips.ts';

/** Of its OK, Warning, Alarm, Critical and UNKNOWN. */
const MINOR = 'Warning';

/** Of the table of `npu-smi info`. */
export function parseAscendHealth(table: string): readonly DieHealth[] {
  return readChips(table).map(({ die, health, temperatureC }) => ({
    die,
    problem: health === 'OK' ? null : health,
    ...(health === MINOR && { isMinor: true }),
    temperatureC,
  }));
}
