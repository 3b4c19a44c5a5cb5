import type { Accelerator, DieAddresses, DieFacts } from '../accelerators/accelerator.ts';
import { body, lines, type Section } from '../shell/sections.ts';
import { commandWithoutSecrets } from './commandWithoutSecrets.ts';
import type { DieProcess, MachineFacts } from './facts.ts';

const NO_DIES: DieFacts = { dieNodes: [], dieProcesses: [] };
const NO_ADDRESSES: DieAddresses = { deviceIps: {}, pingsDies: false };

/** What the accelerator's driver answered about `dies`. */
export function parseDies(
  accelerator: Accelerator,
  sections: readonly Section[],
  dies: readonly number[],
  /** Containers by the processes in them. */
  containerOf: ReadonlyMap<number, string>,
): DieAddresses & Pick<MachineFacts, 'dieNodes' | 'dieProcesses' | 'driverSilent' | 'dieStates' | 'rdma'> {
  const users = usersIn(body(sections, 'die-users'));
  const { dieNodes, dieProcesses, driverSilent, dieStates, rdma } = accelerator.probe?.parse(sections) ?? NO_DIES;
  return {
    ...(accelerator.network?.parse(sections, dies) ?? NO_ADDRESSES),
    dieNodes,
    ...(driverSilent === undefined ? {} : { driverSilent }),
    ...(dieStates === undefined ? {} : { dieStates }),
    ...(rdma === undefined ? {} : { rdma }),
    dieProcesses:
      dieProcesses?.map((process) => ({
        ...process,
        container: containerOf.get(process.pid) ?? null,
        ...users.get(process.pid),
      })) ?? null,
  };
}

/** Lines `PID USER COMMAND`. */
function usersIn(printed: string): ReadonlyMap<number, Required<Pick<DieProcess, 'user' | 'command'>>> {
  return new Map(
    lines(printed).flatMap((line) => {
      const [, pid, user, command] = /^(\d+) (\S+) (.*)$/.exec(line) ?? [];
      return pid === undefined
        ? []
        : [[Number(pid), { user: user!, command: commandWithoutSecrets(command!.trim()) }] as const];
    }),
  );
}
