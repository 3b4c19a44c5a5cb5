import { body, type Section } from '../../shell/sections.ts';
import type { DieFacts } from '../accelerator.ts';

/** `die-nodes`: /dev/nvidiaN; `die-processes`: `nvidia-smi pmon -c 1`, with lines `gpu pid type .. command`. */
export function parseCudaDies(sections: readonly Section[]): DieFacts {
  const processes = sections.find(({ name }) => name === 'die-processes');
  return {
    dieNodes: [...body(sections, 'die-nodes').matchAll(/\/nvidia(\d+)(?=\s|$)/g)]
      .map(([, die]) => Number(die))
      .sort((a, b) => a - b),
    dieProcesses:
      processes === undefined
        ? null
        : [...processes.body.matchAll(/^\s*(\d+)\s+(\d+)\s+[CG+]+\s.*?(\S+)\s*$/gm)].map(([, die, pid, name]) => ({
            die: Number(die),
            pid: Number(pid),
            name: name!,
          })),
  };
}
