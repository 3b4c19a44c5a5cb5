import { statSync, writeFileSync } from 'node:fs';
import { controllerGroup, hierarchies, setFrozen } from '../cgroups.ts';
import { inHost } from '../host.ts';
import { LabError } from '../labError.ts';
import { labPaths } from '../labPaths.ts';
import type { FaultTable, FaultTarget } from './fault.ts';

/** Where omniplace keeps its own on a host: the folder most worth breaking. */
const STATE_FOLDER = '/var/lib/omniplace';
const PERIOD_US = 100_000;

export const resourceFaults: FaultTable = {
  freeze: {
    does: 'hang the host: connections are accepted, nothing answers',
    argument: null,
    inject: async ({ lab, host }) => setFrozen(hierarchies(), lab.name, host.name, true),
  },
  thaw: {
    does: 'let the hung host go on',
    argument: null,
    inject: async ({ lab, host }) => setFrozen(hierarchies(), lab.name, host.name, false),
  },
  slowcpu: {
    does: 'give the host less processor time',
    argument: { name: 'microseconds of each 100000', default: '10000' },
    inject: async (target) => limitCpu(target, target.argument),
  },
  unslowcpu: {
    does: 'give the host its processor time back',
    argument: null,
    inject: async (target) => limitCpu(target, null),
  },
  memlimit: {
    does: 'limit the host’s memory; -1 lifts it',
    argument: { name: 'bytes (K, M, G)', default: '64M' },
    inject: async (target) => {
      const none = target.argument === '-1' ? 'max' : target.argument;
      limit(target, 'memory', ['memory.limit_in_bytes', target.argument], ['memory.max', none]);
    },
  },
  slowdisk: {
    does: 'limit the speed of writing to disk; 0 lifts it',
    argument: { name: 'bytes per second', default: '5242880' },
    inject: async (target) => {
      const { dev } = statSync(labPaths(target.lab.name).hosts);
      const device = `${dev >> 8}:${dev & 255}`;
      const rate = target.argument === '0' ? 'max' : target.argument;
      const first = ['blkio.throttle.write_bps_device', `${device} ${target.argument}`] as const;
      limit(target, 'blkio', first, ['io.max', `${device} wbps=${rate}`]);
    },
  },
  smalldisk: {
    does: 'put a small empty disk over a folder, soon full; rwfs takes it off',
    argument: { name: 'folder:size', default: `${STATE_FOLDER}:16m` },
    inject: async ({ lab, host, argument, signal }) => {
      const [, folder, size] = /^(\/.*):(\w+)$/.exec(argument) ?? [];
      if (folder === undefined) throw new LabError('lab_usage', `'${argument}' is not of the form /folder:size`, null);
      const mount = `mkdir -p ${quoted(folder)}; mount -t tmpfs -o size=${size} small ${quoted(folder)}`;
      await inHost(lab, host, mount, signal);
    },
  },
  rofs: {
    does: 'make a folder read-only',
    argument: { name: 'folder', default: STATE_FOLDER },
    inject: async ({ lab, host, argument, signal }) => {
      const folder = quoted(argument);
      const mount = `mkdir -p ${folder}; mount --bind ${folder} ${folder}; mount -o remount,ro,bind ${folder}`;
      await inHost(lab, host, mount, signal);
    },
  },
  rwfs: {
    does: 'end smalldisk or rofs of a folder',
    argument: { name: 'folder', default: STATE_FOLDER },
    inject: async ({ lab, host, argument, signal }) => {
      await inHost(lab, host, `umount ${quoted(argument)}`, signal);
    },
  },
};

function limitCpu(target: FaultTarget, quotaUs: string | null): void {
  limit(target, 'cpu', ['cpu.cfs_quota_us', quotaUs ?? '-1'], ['cpu.max', `${quotaUs ?? 'max'} ${PERIOD_US}`]);
}

type Setting = readonly [file: string, value: string];

/** Writes a limit in the words of control groups version 1 or 2, whichever this machine has. */
function limit({ lab, host }: FaultTarget, controller: string, first: Setting, second: Setting): void {
  const all = hierarchies();
  const group = controllerGroup(all, controller, lab.name, host.name);
  const [file, value] = all.version === 1 ? first : second;
  try {
    writeFileSync(`${group}/${file}`, value);
  } catch (cause) {
    const { message } = cause as Error;
    throw new LabError('lab_process', `can't set ${file} of ${host.name} to '${value}': ${message}`, null, { cause });
  }
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
