import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ManyHosts, manyHosts } from '../fakes/manyHosts.ts';
import { LONG } from '../fakes/seed.ts';
import { unless } from '../fakes/unless.ts';

// what it costs with more and more hosts is a benchmark: bench/manyHosts
const NUM_HOSTS = LONG ? 256 : 64;
const noKeys = spawnSync('ssh-keygen', ['-?']).error === undefined ? null : 'ssh-keygen is not installed';
/** On Linux alone all of 127.0.0.0/8 is this machine's. */
const elsewhere = process.platform === 'linux' ? null : 'needs Linux';

describe(`${NUM_HOSTS} hosts, each an SSH server of its own`, unless(elsewhere ?? noKeys), () => {
  let hosts: ManyHosts;
  beforeAll(async () => {
    hosts = await manyHosts(NUM_HOSTS);
  });
  afterAll(() => hosts?.down());

  it('all do all their steps, in little memory', async () => {
    const { done, peakBytes } = await hosts.run(NUM_HOSTS);
    expect(done).toBe(NUM_HOSTS * 10);
    expect(peakBytes).toBeLessThan(250 * 1024 * 1024);
  });
});
