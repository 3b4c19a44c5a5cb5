import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import delayProgram from '../../../templates/lab-delay.py';
import { LabError } from '../labError.ts';
import { labPaths } from '../labPaths.ts';
import { hostNamespace, networkOf } from '../network.ts';
import { killIdentity, readIdentity } from '../processIdentity.ts';
import { run } from '../shell.ts';
import type { FaultTable, FaultTarget } from './fault.ts';

export const latencyFaults: FaultTable = {
  latency: {
    does: 'add milliseconds of round trip, half of them each way',
    argument: { name: 'ms', default: '50' },
    inject: addLatency,
  },
  unlatency: { does: 'end the added round trip', argument: null, inject: removeLatency },
};

/** Packets wait in queues that a small program drains: kernels without netem have these. */
async function addLatency(target: FaultTarget): Promise<void> {
  const milliseconds = Number(target.argument);
  if (!(milliseconds > 0 && milliseconds <= 10_000)) {
    throw new LabError('lab_usage', `'${target.argument}' is no round trip in milliseconds (0 to 10000)`, null);
  }
  await removeLatency(target);
  await startDelayer(target, milliseconds / 2);
  // without the program packets pass as ever
  const queue = (number: number) => ['-j', 'NFQUEUE', '--queue-num', `${number}`, '--queue-bypass'];
  await mangle(target, ['-A', 'INPUT', '-i', 'eth0', ...queue(1)]);
  await mangle(target, ['-A', 'OUTPUT', '-o', 'eth0', ...queue(2)]);
}

async function removeLatency(target: FaultTarget): Promise<void> {
  await mangle(target, ['-F']);
  const identity = readIdentity(record(target));
  if (identity !== null) killIdentity(identity);
  rmSync(record(target), { force: true });
}

/** Runs in the host's network only, with the base system's python: nothing of it is seen on the host. */
async function startDelayer(target: FaultTarget, oneWayMs: number): Promise<void> {
  const enter = ['nsenter', `--net=${namespacePath(target)}`, 'chroot', target.lab.base];
  const [program, ...args] = [...enter, '/usr/bin/python3', '-c', delayProgram, `${oneWayMs}`];
  const log = openSync(`${labPaths(target.lab.name).run}/${target.host.name}.delay.log`, 'w');
  const child = spawn(program!, args, { detached: true, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const answer = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve(''));
    child.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString()));
  });
  if (!answer.startsWith('ready')) {
    throw new LabError('lab_process', 'the packet delayer did not start: this kernel may lack nfnetlink_queue', null);
  }
  writeFileSync(record(target), readFileSync(`/proc/${child.pid}/stat`));
  child.stdout!.destroy();
  child.unref();
}

async function mangle(target: FaultTarget, rule: readonly string[]): Promise<void> {
  await run(['nsenter', `--net=${namespacePath(target)}`, 'iptables', '-w', '-t', 'mangle', ...rule], {
    title: 'iptables',
  });
}

function namespacePath({ lab, host }: FaultTarget): string {
  return `/run/netns/${hostNamespace(networkOf(lab.name, lab.network), host.number)}`;
}

/** `lab down` ends whatever stands in files of this ending. */
function record({ lab, host }: FaultTarget): string {
  return `${labPaths(lab.name).run}/${host.name}.delay.helper`;
}
