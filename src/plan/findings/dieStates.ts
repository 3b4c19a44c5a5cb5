import { acceleratorOf } from '../../accelerators/index.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';

const MIB_PER_GIB = 1024;

/** Dies that can't be used as a whole, or whose memory nothing that is seen holds. */
export function dieStateProblems({ topology, deployment }: Examined, host: ReachedHost): Finding[] {
  const { dieStates = [], dieProcesses } = host.machine;
  const { probe } = acceleratorOf(deployment.accelerator);
  const problems: Finding[] = [];
  for (const node of topology.nodes) {
    if (node.role === 'proxy' || node.host !== host.address) continue;
    for (const { die, isSplit, totalMib, usedMib } of dieStates.filter((state) => node.dies.includes(state.die))) {
      if (isSplit)
        problems.push(
          findingOn(host.address).error(
            'die-split',
            `die ${die} of ${node.name} is split into parts, and can't be used as a whole`,
            `make it whole: ${probe?.unsplitDie ?? 'ask its driver'}`,
          ),
        );
      const isUsed = dieProcesses === null || dieProcesses.some((process) => process.die === die);
      if (isSplit || isUsed || totalMib === null || usedMib === null) continue;
      if (totalMib - usedMib >= node.settings.gpuUtil * totalMib) continue;
      problems.push(
        findingOn(host.address).warning(
          'die-memory',
          `die ${die} of ${node.name} has ${gib(usedMib)} of ${gib(totalMib)} GiB in use, though no process runs there`,
          `a process in another container or a dead one may hold it: see what ${probe?.listDies.split(' ')[0] ?? 'the driver'} and docker ps list, or reset the die once nothing uses it; ${node.name} takes gpu_util ${node.settings.gpuUtil} of it`,
        ),
      );
    }
  }
  return problems;
}

function gib(mib: number): string {
  return (mib / MIB_PER_GIB).toFixed(0);
}
