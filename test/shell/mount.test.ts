import { describe, expect, it } from 'vitest';
import { dockerRun } from '../../src/shell/docker.ts';
import { mountArguments, parseMount, sameMount } from '../../src/shell/mount.ts';
import { readDockerRun } from '../../src/shell/readDockerRun.ts';

describe('a mount', () => {
  it('is written with colons where its paths have none', () => {
    expect(mountArguments(sameMount('/data'))).toEqual(['-v', '/data:/data']);
    expect(mountArguments(parseMount('/a:/b:ro'))).toEqual(['-v', '/a:/b:ro']);
  });

  it('is written with names where a path has a colon', () => {
    expect(mountArguments(sameMount('/models/moe:2507', 'ro'))).toEqual([
      '--mount',
      'type=bind,source=/models/moe:2507,target=/models/moe:2507,readonly',
    ]);
    expect(mountArguments({ source: '/srv/a', target: '/b:c', options: null })).toEqual([
      '--mount',
      'type=bind,source=/srv/a,target=/b:c',
    ]);
  });

  it('has its commas and quotes quoted there', () => {
    expect(mountArguments({ source: '/a:1,2', target: '/b"c', options: null })).toEqual([
      '--mount',
      'type=bind,"source=/a:1,2","target=/b""c"',
    ]);
  });
});

describe('what docker run takes from a host', () => {
  const run = (flags: string[], mounts = [sameMount('/data')]) =>
    readDockerRun(
      dockerRun({
        name: 'n',
        image: 'i',
        command: ['infinity'],
        entrypoint: 'sleep',
        labels: {},
        env: {},
        mounts,
        devices: ['/dev/a'],
        shmSize: '1g',
        workdir: '/',
        flags,
      }),
    );

  it('is read from its mounts and devices', () => {
    expect(run([])).toEqual({ mounts: [sameMount('/data')], devices: ['/dev/a'], user: 'root' });
  });

  it('is read back from a mount whose path needs quotes', () => {
    const mount = { source: '/m:1,2"3', target: '/m:1,2"3', options: 'ro' };
    expect(run([], [mount]).mounts).toEqual([mount]);
  });

  it('is read from flags in each way of writing them', () => {
    const flags = ['-v', '/a:/b:ro', '--volume=/c:/d', '--mount', 'type=bind,src=/e,dst=/f', '--device=/dev/b:/dev/c'];
    expect(run(flags)).toEqual({
      mounts: [sameMount('/data'), ...['/a:/b:ro', '/c:/d', '/e:/f'].map(parseMount)],
      devices: ['/dev/a', '/dev/b'],
      user: 'root',
    });
  });

  it('has no volume of docker’s own among it', () => {
    expect(run(['-v', 'cache:/cache', '--mount=type=tmpfs,target=/t']).mounts).toEqual([sameMount('/data')]);
  });

  it.each([
    [['--user', '1000:1000'], '1000:1000'],
    [['--user=1000'], '1000'],
    [['-u1000'], '1000'],
    [['-u', '1000', '--user=0'], '0'],
  ])('names the last user of %j', (flags, user) => {
    expect(run(flags).user).toBe(user);
  });
});
