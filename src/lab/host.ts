import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import bootScript from '../../templates/lab-boot.sh';
import initScript from '../../templates/lab-init.sh';
import { hierarchies, hostGroups, hostLeaves, makeHostGroups, pidsIn, setFrozen } from './cgroups.ts';
import { acceleratorIn, LAB_GPU_DRIVER } from './drivers.ts';
import { LabError } from './labError.ts';
import { labPaths } from './labPaths.ts';
import { hostNamespace, networkOf } from './network.ts';
import { isAlive, killIdentity } from './processIdentity.ts';
import { run } from './shell.ts';
import { initFile, initOf, type LabHost, type LabState } from './state.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const START_DEADLINE_MS = 10_000;

/** Powers a host on. Its files are those of its last run; /run and /dev/shm are new. */
export async function boot(lab: LabState, host: LabHost, signal?: AbortSignal): Promise<void> {
  if (isRunning(lab, host)) throw new LabError('lab_usage', `${host.name} is already running`, null);
  const groups = hierarchies();
  makeHostGroups(groups, lab.name, host.name, lab.hosts.length);
  rmSync(initFile(lab.name, host), { force: true });
  const env = {
    PATH,
    GROUPS_OF_HOST: hostGroups(groups, lab.name, host.name).join(' '),
    LEAVES: hostLeaves(groups, lab.name, host.name).join(' '),
    CGROUP_VERSION: `${groups.version}`,
    CGROUP_TREES: groups.mounts.map(({ options }) => options).join(' '),
    NETWORK_NAMESPACE: `/run/netns/${hostNamespace(networkOf(lab.name, lab.network), host.number)}`,
    INIT: initScript,
    RECORD: initFile(lab.name, host),
    DISK: `${labPaths(lab.name).hosts}/${host.name}`,
    BASE: lab.base,
    HOST: host.name,
    DEVICE_NODES: deviceNodes(lab).join(' '),
    GPU_DRIVER: acceleratorIn(lab) === 'cuda' ? LAB_GPU_DRIVER : '',
  };
  startDetached(env, bootLog(lab, host));
  await started(lab, host, signal);
}

/** Under /dev of a host. */
function deviceNodes(lab: LabState): readonly string[] {
  const nodes = (name: string) => Array.from({ length: lab.numDies }, (_, die) => `${name}${die}`);
  if (acceleratorIn(lab) === 'ascend') return ['davinci_manager', 'hisi_hdc', 'devmm_svm', ...nodes('davinci')];
  return ['nvidiactl', 'nvidia-uvm', ...nodes('nvidia'), 'infiniband/rdma_cm', 'infiniband/uverbs0'];
}

/** Pulls the plug: PID 1 takes its namespace with it, then whatever else stands in the host's own control groups. */
export async function powerOff(lab: string, host: Pick<LabHost, 'name'>): Promise<void> {
  const groups = hierarchies();
  // a frozen process doesn't die
  setFrozen(groups, lab, host.name, false);
  const init = initOf(lab, host as LabHost);
  if (init !== null) killIdentity(init);
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const left = pidsIn(groups, lab, host.name);
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      throw new LabError('lab_process', `processes of ${host.name} outlive SIGKILL: ${left.join(', ')}`, null);
    }
    for (const pid of left) killPid(pid);
    await sleep(20);
  }
}

export function isRunning(lab: Pick<LabState, 'name'>, host: LabHost): boolean {
  const init = initOf(lab.name, host);
  return init !== null && isAlive(init);
}

/** Runs a script inside a host, in its namespaces and its control groups, without its sshd. */
export async function inHost(lab: LabState, host: LabHost, script: string, signal?: AbortSignal) {
  const init = initOf(lab.name, host);
  if (init === null || !isAlive(init)) {
    throw new LabError(
      'lab_missing',
      `${host.name} is powered off`,
      `start it with \`omniplace lab fault boot --host ${host.number}\``,
    );
  }
  const leaves = hostLeaves(hierarchies(), lab.name, host.name);
  const enter = `for leaf in $LEAVES; do echo $$ > "$leaf/cgroup.procs"; done
exec nsenter --all --target "$INIT_PID" /usr/bin/env -i PATH=${PATH} HOME=/root sh -euc "$SCRIPT"`;
  return run(['sh', '-euc', enter], {
    env: { LEAVES: leaves.join(' '), INIT_PID: `${init.pid}`, SCRIPT: script },
    signal,
    title: `a command inside ${host.name}`,
  });
}

function bootLog(lab: LabState, host: LabHost): string {
  return `${labPaths(lab.name).run}/${host.name}.log`;
}

function startDetached(env: NodeJS.ProcessEnv, log: string): void {
  const output = openSync(log, 'w');
  const child = spawn('sh', ['-euc', bootScript], { env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  // a boot that fails leaves no record: `started` tells
  child.on('error', () => undefined);
  child.unref();
}

async function started(lab: LabState, host: LabHost, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (initOf(lab.name, host) === null) {
    if (Date.now() > deadline) {
      const words = readFileSync(bootLog(lab, host), 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new LabError('lab_not_ready', `${host.name} did not start: ${words}`, null);
    }
    await sleep(10, undefined, { signal });
  }
}

/** Only for pids read from a host's own control groups. */
function killPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
