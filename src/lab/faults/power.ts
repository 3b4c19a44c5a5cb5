import { boot, powerOff } from '../host.ts';
import { hostReady } from '../ready.ts';
import type { FaultTable, FaultTarget } from './fault.ts';

export const powerFaults: FaultTable = {
  poweroff: {
    does: 'pull the plug: every process of the host is gone at once',
    argument: null,
    inject: ({ lab, host }) => powerOff(lab.name, host),
  },
  boot: { does: 'power the host on; its files are as they were', argument: null, inject: start },
  reboot: {
    does: 'poweroff, then boot',
    argument: null,
    inject: async (target) => {
      await powerOff(target.lab.name, target.host);
      await start(target);
    },
  },
};

async function start({ lab, host, signal }: FaultTarget): Promise<void> {
  await boot(lab, host, signal);
  await hostReady(lab, host, signal);
}
