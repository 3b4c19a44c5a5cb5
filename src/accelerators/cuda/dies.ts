import { body, type Section } from '../../shell/sections.ts';
import type { DieFacts, DieState } from '../accelerator.ts';
import { driverAnswer } from '../driverAnswer.ts';
import { parseRdma } from './rdma.ts';

const TABLE = /^#\s*gpu\s/m;

/**
 * `die-nodes`: /dev/nvidiaN; `die-processes`: `nvidia-smi pmon -c 1`, with lines `gpu pid type .. command`, whose types are
 * C for computing, G for graphics, M+C for a client of a process that shares the GPU; `die-states`: lines
 * `index, Enabled or Disabled, MiB in all, MiB in use`, where what a GPU does not have is in brackets.
 */
export function parseCudaDies(sections: readonly Section[]): DieFacts {
  const { processes, driverSilent } = driverAnswer(sections, TABLE);
  const states = sections.find(({ name }) => name === 'die-states');
  const rdma = sections.find(({ name }) => name === 'rdma');
  return {
    dieNodes: [...body(sections, 'die-nodes').matchAll(/\/nvidia(\d+)(?=\s|$)/g)]
      .map(([, die]) => Number(die))
      .sort((a, b) => a - b),
    dieProcesses:
      processes === null
        ? null
        : [...processes.matchAll(/^\s*(\d+)\s+(\d+)\s+[CGM+]+\s.*?(\S+)\s*$/gm)].map(([, die, pid, name]) => ({
            die: Number(die),
            pid: Number(pid),
            name: name!,
          })),
    ...(driverSilent !== null && { driverSilent }),
    ...(states === undefined ? {} : { dieStates: parseStates(states.body) }),
    ...(rdma === undefined ? {} : { rdma: parseRdma(rdma.body) }),
  };
}

function parseStates(answered: string): readonly DieState[] {
  return [...answered.matchAll(/^(\d+), (\S.*?), (\d+|\[.*?\]), (\d+|\[.*?\])\s*$/gm)].map(
    ([, die, split, total, used]) => ({
      die: Number(die),
      isSplit: split === 'Enabled',
      totalMib: mib(total!),
      usedMib: mib(used!),
    }),
  );
}

function mib(text: string): number | null {
  return text.startsWith('[') ? null : Number(text);
}
