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

/** A machine without power answers nothing, not even with a refusal, and has no connection once it is back. */
async function stop(target: FaultTarget): Promise<void> {
  await card(target, 'down');
  await forgetConnections(target);
  await powerOff(target.lab.name, target.host);
  await forgetConnections(target);
}

async function start(target: FaultTarget): Promise<void> {
  const { lab, host, signal } = target;
  await card(target, 'up');
  await boot(lab, host, signal);
  await hostReady(lab, host, signal);
}

/** Its network namespace outlives it, and would keep them in TIME_WAIT. A kernel that can't destroy sockets does keep them. */
async function forgetConnections(target: FaultTarget): Promise<void> {
  await run(['ip', 'netns', 'exec', namespaceOf(target), 'ss', '-K', '-a', '-t'], { check: false });
}

async function card(target: FaultTarget, state: 'up' | 'down'): Promise<void> {
  await run(['ip', '-n', namespaceOf(target), 'link', 'set', 'eth0', state]);
}

function namespaceOf({ lab, host }: FaultTarget): string {
  return hostNamespace(networkOf(lab.name, lab.network), host.number);
}
