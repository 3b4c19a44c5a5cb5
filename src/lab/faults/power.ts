import { boot, powerOff } from '../host.ts';
import { hostNamespace, networkOf } from '../network.ts';
import { hostReady } from '../ready.ts';
import { run } from '../shell.ts';
import type { FaultTable, FaultTarget } from './fault.ts';

export const powerFaults: FaultTable = {
  poweroff: {
    does: 'pull the plug: every process of the host is gone at once',
    argument: null,
    inject: stop,
  },
  boot: { does: 'power the host on; its files are as they were', argument: null, inject: start },
  reboot: {
    does: 'poweroff, then boot',
    argument: null,
    inject: async (target) => {
      await stop(target);
      await start(target);
    },
  },
};

/** A machine without power answers nothing, not even with a refusal. */
async function stop(target: FaultTarget): Promise<void> {
  await card(target, 'down');
  await powerOff(target.lab.name, target.host);
}

async function start(target: FaultTarget): Promise<void> {
  const { lab, host, signal } = target;
  await card(target, 'up');
  await boot(lab, host, signal);
  await hostReady(lab, host, signal);
}

async function card({ lab, host }: FaultTarget, state: 'up' | 'down'): Promise<void> {
  const namespace = hostNamespace(networkOf(lab.name, lab.network), host.number);
  await run(['ip', '-n', namespace, 'link', 'set', 'eth0', state]);
}
