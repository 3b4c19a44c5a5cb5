import { describe, expect, test } from 'vitest';
import { type HostStatus, statusTable } from '../../src/lab/status.ts';

const HOST: HostStatus = {
  name: 'h1',
  address: '198.51.100.11',
  power: 'on',
  init: { pid: 4, startTicks: 5 },
  sshd: true,
  dockerd: true,
  containers: [
    { name: 'omniplace_prefill_p0', image: 'omniplace/lab:1', state: 'running' },
    { name: 'old', image: 'omniplace/lab:1', state: 'exited' },
  ],
  memoryBytes: 40 * 2 ** 20,
};

describe('the table of a lab’s status', () => {
  test('has a row per host', () => {
    const off = { ...HOST, name: 'h2', power: 'off', init: null, sshd: false, dockerd: false, containers: [] } as const;
    const hosts = [HOST, { ...off, memoryBytes: null }];
    expect(statusTable({ name: 'lab', image: null, numDies: 4, hosts })).toBe(
      `HOST  ADDRESS        POWER  SSHD     DOCKERD  CONTAINERS                          MEMORY
h1    198.51.100.11  on     answers  answers  omniplace_prefill_p0, old (exited)  40 MiB
h2    198.51.100.11  off    silent   silent   -                                   -`,
    );
  });
});
