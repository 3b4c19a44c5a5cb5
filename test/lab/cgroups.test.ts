import { describe, expect, test } from 'vitest';
import { controllerGroup, hostGroups, hostLeaves, parseHierarchies } from '../../src/lab/cgroups.ts';

const FIRST = `tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,xattr,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
`;
const SECOND = 'proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0\n';

describe('control groups', () => {
  test('of version 1 are one tree per mount, with the options that give it again', () => {
    expect(parseHierarchies(FIRST)).toEqual({
      version: 1,
      mounts: [
        { directory: '/sys/fs/cgroup/cpu,cpuacct', options: 'cpu,cpuacct' },
        { directory: '/sys/fs/cgroup/memory', options: 'memory' },
        { directory: '/sys/fs/cgroup/systemd', options: 'none,name=systemd' },
      ],
    });
  });

  test('of version 2 are one tree', () => {
    expect(parseHierarchies(SECOND)).toEqual({ version: 2, mounts: [{ directory: '/sys/fs/cgroup', options: '' }] });
  });

  test('give a host one group per tree, and in version 2 a leaf for its own processes', () => {
    const group = '/sys/fs/cgroup/omniplace-lab/lab/h1';
    expect(hostGroups(parseHierarchies(SECOND), 'lab', 'h1')).toEqual([group]);
    expect(hostLeaves(parseHierarchies(SECOND), 'lab', 'h1')).toEqual([`${group}/init`]);
    expect(hostLeaves(parseHierarchies(FIRST), 'lab', 'h1')).toEqual(hostGroups(parseHierarchies(FIRST), 'lab', 'h1'));
  });

  test('have the group of a controller where that controller is mounted, or none', () => {
    const first = parseHierarchies(FIRST);
    expect(controllerGroup(first, 'cpu', 'lab', 'h2')).toBe('/sys/fs/cgroup/cpu,cpuacct/omniplace-lab/lab/h2');
    expect(controllerGroup(first, 'freezer', 'lab', 'h2')).toBeNull();
    expect(controllerGroup(parseHierarchies(SECOND), 'freezer', 'lab', 'h2')).toBe(
      '/sys/fs/cgroup/omniplace-lab/lab/h2',
    );
  });
});
