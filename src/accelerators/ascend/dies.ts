import { body, type Section } from '../../shell/sections.ts';
import type { DieFacts } from '../accelerator.ts';
import { driverAnswer } from '../driverAnswer.ts';
import { readProcesses } from './chips.ts';

const TABLE = /^\|/m;

/** `die-nodes`: /dev/davinciN; `die-processes`: `npu-smi info`. */
export function parseAscendDies(sections: readonly Section[]): DieFacts {
  const { processes, driverSilent } = driverAnswer(sections, TABLE);
  return {
    dieNodes: [...body(sections, 'die-nodes').matchAll(/\/davinci(\d+)(?=\s|$)/g)]
      .map(([, die]) => Number(die))
      .sort((a, b) => a - b),
    dieProcesses: processes === null ? null : readProcesses(processes),
    ...(driverSilent !== null && { driverSilent }),
  };
}
