import { body, type Section } from '../../shell/sections.ts';
import type { DieFacts } from '../accelerator.ts';

/** `die-nodes`: /dev/davinciN; `die-processes`: `npu-smi info`. */
export function parseAscendDies(sections: readonly Section[]): DieFacts {
  const processes = sections.find(({ name }) => name === 'die-processes');
  return {
    dieNodes: [...body(sections, 'die-nodes').matchAll(/\/davinci(\d+)(?=\s|$)/g)]
      .map(([, die]) => Number(die))
      .sort((a, b) => a - b),
    dieProcesses: processes === undefined ? null : parseProcesses(processes.body),
  };
}

/**
 * `npu-smi info` ends in a table `| NPU Chip | Process id | name | memory |`. A machine whose NPUs have two chips counts its
 * dies through them.
 */
function parseProcesses(table: string): NonNullable<DieFacts['dieProcesses']> {
  const [devices = '', running = ''] = table.split(/^.*Process id.*$/m);
  const chips = [...devices.matchAll(/^\|\s*(\d+)\s+(?:\d+\s+)?\|\s*[0-9A-F]{4}:/gm)].map(([, chip]) => Number(chip));
  const chipsPerNpu = Math.max(0, ...chips) + 1;
  return [...running.matchAll(/^\|\s*(\d+)\s+(\d+)\s*\|\s*(\d+)\s*\|\s*(\S*)/gm)].map(([, npu, chip, pid, name]) => ({
    die: Number(npu) * chipsPerNpu + Number(chip),
    pid: Number(pid),
    name: name!,
  }));
}
