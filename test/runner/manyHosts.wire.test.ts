import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildController, type Controller } from '../fakes/controller.ts';
import type { NoopRun, Took } from '../fakes/noopRun.ts';
import { freePort, sshdMissing } from '../fakes/sshd.ts';
import type { SshServers } from '../fakes/sshServers.ts';

const MOST = 256;
const SIZES = [32, 64, 128, 256];
const RUNS = 2;

describe.skipIf(sshdMissing() !== null)(`up to ${MOST} hosts, each an SSH server of its own`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-many-'));
  const address = (i: number) => `127.2.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`;
  const addresses = Array.from({ length: MOST }, (_, i) => address(i));
  const [hostKey, privateKey] = [join(folder, 'host'), join(folder, 'user')];
  let servers: Controller;
  let controller: Controller;
  let job: NoopRun;
  let stop = (): void => {};

  beforeAll(async () => {
    for (const key of [hostKey, privateKey]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const port = await freePort();
    const knownHosts = join(folder, 'known_hosts');
    const publicKey = readFileSync(`${hostKey}.pub`, 'utf8');
    writeFileSync(knownHosts, addresses.map((one) => `[${one}]:${port} ${publicKey}`).join(''));
    mkdirSync(join(folder, 'state'));
    servers = await buildController(`import { main } from './test/fakes/sshServers.ts';`);
    controller = await buildController(`import { main } from './test/fakes/noopRun.ts';`);
    const child = servers.start({ addresses, port, hostKey } satisfies SshServers);
    stop = () => child.kill('SIGKILL');
    await once(child.stdout!, 'data');
    job = { addresses, port, user: userInfo().username, privateKey, knownHosts, stateFolder: join(folder, 'state') };
  }, 60_000);
  afterAll(() => {
    stop();
    servers?.remove();
    controller?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The cheapest of several runs: what others do on this machine only adds to it. */
  const run = async (numHosts: number): Promise<Took> => {
    const all: Took[] = [];
    for (let n = 0; n < RUNS; n += 1) {
      const child = controller.start({ ...job, addresses: addresses.slice(0, numHosts) });
      let said = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      expect(await once(child, 'close')).toEqual([0, null]);
      all.push(JSON.parse(said) as Took);
    }
    return all.sort((a, b) => a.cpuMs - b.cpuMs)[0]!;
  };

  it('cost twice the CPU time when there are twice as many, and little memory', async () => {
    const took: Took[] = [];
    for (const size of SIZES) took.push(await run(size));
    const rows = took.map(({ numHosts, cpuMs, peakBytes, wallMs }) => {
      const [mib, each] = [peakBytes / 1024 / 1024, cpuMs / numHosts];
      return `${numHosts} hosts: ${cpuMs.toFixed(0)} CPU ms, ${each.toFixed(1)} each, ${mib.toFixed(0)} MiB, ${(wallMs / 1000).toFixed(1)} s`;
    });
    process.stderr.write(`${rows.join('\n')}\n`);
    expect(took.map(({ done }) => done)).toEqual(SIZES.map((size) => size * 10));
    for (const [i, { numHosts, cpuMs }] of took.entries()) {
      const before = took[i - 1];
      if (before) expect([rows, cpuMs / numHosts < (1.25 * before.cpuMs) / before.numHosts]).toEqual([rows, true]);
    }
    expect(took.filter(({ peakBytes }) => peakBytes > 250 * 1024 * 1024)).toEqual([]);
  }, 600_000);
});
