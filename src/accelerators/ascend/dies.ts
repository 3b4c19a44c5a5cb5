import { body, type Section } from '../../shell/sections.ts';
import type { DieFacts } from '../accelerator.ts';
import { readProcesses } from './chips.ts';

/** `die-nodes`: /dev/davinciN; `die-processes`: `npu-smi info`. */
export function parseAscendDies(sections: readonly Section[]): DieFacts {
  const processes = sections.find(({ name }) => name === 'die-processes');
  return {
    dieNodes: [...body(sections, 'die-nodes').matchAll(/\/davinci(\d+)(?=\s|$)/g)]
      .map(([, die]) => Number(die))
      .sort((a, b) => a - b),
    dieProcesses: processes === undefined ? null : readProcesses(processes.body),
  };
}
