import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

/**
 * Where control groups are mounted here: one tree per controller set (version 1) or one for all (version 2). Hosts get a
 * group of their own in each, and see it as the root.
 */
export interface Hierarchies {
  readonly version: 1 | 2;
  readonly mounts: readonly CgroupMount[];
}

export interface CgroupMount {
  /** `/sys/fs/cgroup/memory` */
  readonly directory: string;
  /** Mount options that give the same tree again: `cpu,cpuacct`, `none,name=systemd`; empty for version 2. */
  readonly options: string;
}

/** Reads the text of /proc/mounts. */
export function parseHierarchies(mounts: string): Hierarchies {
  const rows = mounts.split('\n').map((line) => line.split(' '));
  if (rows.some(([, directory, type]) => directory === '/sys/fs/cgroup' && type === 'cgroup2')) {
    return { version: 2, mounts: [{ directory: '/sys/fs/cgroup', options: '' }] };
  }
  const first = rows.filter(([, , type]) => type === 'cgroup');
  return {
    version: 1,
    mounts: first.map((row) => ({ directory: row[1]!, options: treeOptions(row[3]!) })),
  };
}

export function hierarchies(): Hierarchies {
  return parseHierarchies(readFileSync('/proc/mounts', 'utf8'));
}

/** A host's groups, one per hierarchy. */
export function hostGroups(all: Hierarchies, lab: string, host: string): readonly string[] {
  return all.mounts.map((mount) => `${mount.directory}/${ROOT}/${lab}/${host}`);
}

/**
 * Where a process of the host has to be put. Version 2 allows no process in a group that hands controllers down, so the
 * host's own processes stand in a leaf.
 */
export function hostLeaves(all: Hierarchies, lab: string, host: string): readonly string[] {
  const groups = hostGroups(all, lab, host);
  return all.version === 1 ? groups : groups.map((group) => `${group}/init`);
}

/** The one directory that carries a controller's files for a host; null when this machine has no such controller. */
export function controllerGroup(all: Hierarchies, controller: string, lab: string, host: string): string | null {
  const mount =
    all.version === 2 ? all.mounts[0] : all.mounts.find(({ options }) => options.split(',').includes(controller));
  return mount === undefined ? null : `${mount.directory}/${ROOT}/${lab}/${host}`;
}

export function makeHostGroups(all: Hierarchies, lab: string, host: string, numHosts: number): void {
  for (const mount of all.mounts) {
    const steps = [
      mount.directory,
      ...[ROOT, lab, host].map((_, i, parts) => `${mount.directory}/${parts.slice(0, i + 1).join('/')}`),
    ];
    for (const [i, group] of steps.entries()) {
      if (i > 0) mkdirSync(group, { recursive: true });
      if (all.version === 2 && i < steps.length - 1) handDown(group);
      // a version-1 cpuset takes no process before it has processors and memory
      if (i > 0 && existsSync(`${group}/cpuset.mems`) && all.version === 1) inheritCpuset(steps[i - 1]!, group);
    }
    // as much processor as the hosts' processes had without a common group
    const shares = `${mount.directory}/${ROOT}/${lab}/cpu.shares`;
    if (existsSync(shares)) {
      for (const group of [`${mount.directory}/${ROOT}/cpu.shares`, shares]) writeFileSync(group, `${1024 * numHosts}`);
    }
  }
  for (const leaf of hostLeaves(all, lab, host)) mkdirSync(leaf, { recursive: true });
}

/** Every process in the groups of a lab, or of one of its hosts: only processes of that host can be there. */
export function pidsIn(all: Hierarchies, lab: string, host: string | null): readonly number[] {
  const pids = new Set<number>();
  for (const group of groupsBelow(all, lab, host)) {
    for (const line of readLines(`${group}/cgroup.procs`)) pids.add(Number(line));
  }
  return [...pids];
}

/** Freezes or thaws every process of a host at once. */
export function setFrozen(all: Hierarchies, lab: string, host: string, frozen: boolean): void {
  const group = controllerGroup(all, 'freezer', lab, host);
  if (group === null || !existsSync(group)) return;
  if (all.version === 2) writeFileSync(`${group}/cgroup.freeze`, frozen ? '1' : '0');
  else writeFileSync(`${group}/freezer.state`, frozen ? 'FROZEN' : 'THAWED');
}

export function isFrozen(all: Hierarchies, lab: string, host: string): boolean {
  const group = controllerGroup(all, 'freezer', lab, host);
  if (group === null || !existsSync(group)) return false;
  const [file, value] = all.version === 2 ? ['cgroup.freeze', '1'] : ['freezer.state', 'FROZEN'];
  return readLines(`${group}/${file}`)[0] === value;
}

/** Groups go only when empty, the deepest first. */
export function removeGroups(all: Hierarchies, lab: string): void {
  for (const group of [...groupsBelow(all, lab, null)].reverse()) rmdirSync(group);
  for (const mount of all.mounts) {
    const root = `${mount.directory}/${ROOT}`;
    if (existsSync(root) && folders(root).length === 0) rmdirSync(root);
  }
}

const ROOT = 'omniplace-lab';

function treeOptions(options: string): string {
  const named = options.split(',').find((option) => option.startsWith('name='));
  if (named !== undefined) return `none,${named}`;
  return options
    .split(',')
    .filter((option) => !GENERAL.has(option))
    .join(',');
}

const GENERAL = new Set([
  'rw',
  'ro',
  'relatime',
  'noatime',
  'nosuid',
  'nodev',
  'noexec',
  'xattr',
  'clone_children',
  'noprefix',
]);

function handDown(group: string): void {
  const available = readLines(`${group}/cgroup.controllers`).join(' ').split(' ');
  for (const controller of ['cpu', 'cpuset', 'memory', 'io', 'pids'].filter((name) => available.includes(name))) {
    try {
      writeFileSync(`${group}/cgroup.subtree_control`, `+${controller}`);
    } catch {
      // refused where this machine is a container itself: hosts run all the same, a fault that sets a limit says so
    }
  }
}

function inheritCpuset(from: string, to: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(`${to}/${file}`, readFileSync(`${from}/${file}`, 'utf8'));
  }
}

/** Parents before children. */
function groupsBelow(all: Hierarchies, lab: string, host: string | null): readonly string[] {
  const roots = all.mounts.map(({ directory }) => [directory, ROOT, lab, ...(host === null ? [] : [host])].join('/'));
  return roots.filter((root) => existsSync(root)).flatMap(withDescendants);
}

function withDescendants(group: string): readonly string[] {
  return [group, ...folders(group).flatMap((child) => withDescendants(`${group}/${child}`))];
}

function folders(group: string): readonly string[] {
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** A group may go while we read it. */
function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
