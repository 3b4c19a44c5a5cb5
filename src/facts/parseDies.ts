import type { Accelerator, DieAddresses, DieFacts } from '../accelerators/accelerator.ts';
import type { Section } from '../shell/sections.ts';
import type { MachineFacts } from './facts.ts';

const NO_DIES: DieFacts = { dieNodes: [], dieProcesses: [] };
const NO_ADDRESSES: DieAddresses = { deviceIps: {}, pingsDies: false };

/** What the accelerator's driver answered about `dies`. */
export function parseDies(
  accelerator: Accelerator,
  sections: readonly Section[],
  dies: readonly number[],
  /** Containers by the processes in them. */
  containerOf: ReadonlyMap<number, string>,
): DieAddresses & Pick<MachineFacts, 'dieNodes' | 'dieProcesses' | 'dieStates'> {
  const { dieNodes, dieProcesses, dieStates } = accelerator.probe?.parse(sections) ?? NO_DIES;
  return {
    ...(accelerator.network?.parse(sections, dies) ?? NO_ADDRESSES),
    dieNodes,
    ...(dieStates === undefined ? {} : { dieStates }),
    dieProcesses:
      dieProcesses?.map((process) => ({ ...process, container: containerOf.get(process.pid) ?? null })) ?? null,
  };
}
