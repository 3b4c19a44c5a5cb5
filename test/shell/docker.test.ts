import { describe, expect, it } from 'vitest';
import { dockerRun } from '../../src/shell/docker.ts';
import { sameMount } from '../../src/shell/mount.ts';
import { quote } from '../../src/shell/quote.ts';

describe('docker argv', () => {
  it('runs a detached container on the network of its host', () => {
    const argv = dockerRun({
      name: 'omniplace_prefill_p0',
      image: 'repo/omniinfer:1',
      command: ['infinity'],
      entrypoint: 'sleep',
      labels: { 'omniplace.cluster': 'r1' },
      env: { LOG_PATH: '/data/log path' },
      mounts: [sameMount('/data')],
      devices: ['/dev/davinci_manager'],
      shmSize: '500g',
      workdir: '/data',
      flags: ['--ulimit', 'memlock=-1'],
    });
    expect(quote(argv)).toBe(
      'docker run -d --init --name omniplace_prefill_p0 --label omniplace.cluster=r1 --net=host --privileged -u root ' +
        "-w /data --shm-size=500g -e 'LOG_PATH=/data/log path' --device=/dev/davinci_manager -v /data:/data " +
        '--ulimit memlock=-1 --entrypoint sleep repo/omniinfer:1 infinity',
    );
  });
});
