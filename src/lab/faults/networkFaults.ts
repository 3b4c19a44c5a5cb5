import { hostNamespace, networkOf } from '../network.ts';
import { run } from '../shell.ts';
import type { FaultTable, FaultTarget } from './fault.ts';

export const networkFaults: FaultTable = {
  cut: {
    does: 'pull the network cable: nothing arrives, nobody is told',
    argument: null,
    inject: (target) => cable(target, 'down'),
  },
  uncut: { does: 'plug the cable in again', argument: null, inject: (target) => cable(target, 'up') },
  blackhole: {
    does: 'drop what comes to one TCP port, silently',
    argument: { name: 'port', default: '22' },
    inject: (target) => filter(target, ['-A', 'INPUT', '-p', 'tcp', '--dport', target.argument, '-j', 'DROP']),
  },
  refuse: {
    does: 'refuse connections to one TCP port',
    argument: { name: 'port', default: '22' },
    inject: (target) => filter(target, ['-A', 'INPUT', '-p', 'tcp', '--dport', target.argument, ...REJECT]),
  },
  loss: {
    does: 'lose a share of the packets that come in',
    argument: { name: 'probability', default: '0.01' },
    inject: (target) => filter(target, ['-A', 'INPUT', ...RANDOMLY, target.argument, '-j', 'DROP']),
  },
  unfilter: {
    does: 'end blackhole, refuse and loss',
    argument: null,
    inject: (target) => filter(target, ['-F']),
  },
  rate: {
    does: 'limit the speed of the link, both ways',
    argument: { name: 'rate', default: '100mbit' },
    inject: async (target) => {
      for (const [namespace, device] of ends(target)) {
        const limit = ['tbf', 'rate', target.argument, 'burst', '128kb', 'latency', '50ms'];
        await run(['tc', '-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', ...limit]);
      }
    },
  },
  unrate: {
    does: 'give the link its speed back',
    argument: null,
    inject: async (target) => {
      for (const [namespace, device] of ends(target)) {
        await run(['tc', '-n', namespace, 'qdisc', 'del', 'dev', device, 'root']);
      }
    },
  },
};

const REJECT = ['-j', 'REJECT', '--reject-with', 'tcp-reset'];
const RANDOMLY = ['-m', 'statistic', '--mode', 'random', '--probability'];

async function cable({ lab, host }: FaultTarget, state: 'up' | 'down'): Promise<void> {
  const { controller } = networkOf(lab.name, lab.network);
  await run(['ip', '-n', controller, 'link', 'set', `v${host.number}`, state]);
}

async function filter({ lab, host }: FaultTarget, rule: readonly string[]): Promise<void> {
  const namespace = hostNamespace(networkOf(lab.name, lab.network), host.number);
  await run(['nsenter', `--net=/run/netns/${namespace}`, 'iptables', '-w', ...rule], { title: 'iptables' });
}

/** Both ends of the host's cable: towards the host, and from it. */
function ends({ lab, host }: FaultTarget): readonly (readonly [namespace: string, device: string])[] {
  const network = networkOf(lab.name, lab.network);
  return [
    [network.controller, `v${host.number}`],
    [hostNamespace(network, host.number), 'eth0'],
  ];
}
