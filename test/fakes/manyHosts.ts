import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { buildController, type Controller } from './controller.ts';
import { freePort } from './freePort.ts';
import type { NoopRun, Took } from './noopRun.ts';
import type { SshServers } from './sshServers.ts';

/** Hosts that are an SSH server each, all in one process beside the controller's. */
export interface ManyHosts {
  /** Ten steps that do nothing on each of the first so many, by a controller of its own. */
  run(numHosts: number): Promise<Took>;
  down(): void;
}

export async function manyHosts(most: number): Promise<ManyHosts> {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-many-'));
  const [hostKey, privateKey] = [join(folder, 'host'), join(folder, 'user')];
  for (const key of [hostKey, privateKey]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const addresses = Array.from({ length: most }, (_, i) => `127.2.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`);
  const port = await freePort();
  const [knownHosts, stateFolder] = [join(folder, 'known_hosts'), join(folder, 'state')];
  const publicKey = readFileSync(`${hostKey}.pub`, 'utf8');
  writeFileSync(knownHosts, addresses.map((one) => `[${one}]:${port} ${publicKey}`).join(''));
  mkdirSync(stateFolder);
  const servers = await buildController(`import { main } from './test/fakes/sshServers.ts';`);
  const controller = await buildController(`import { main } from './test/fakes/noopRun.ts';`);
  const child = servers.start({ addresses, port, hostKey } satisfies SshServers);
  await once(child.stdout!, 'data');
  return {
    run: (numHosts) => {
      const reached = addresses.slice(0, numHosts);
      return ran(controller, {
        addresses: reached,
        port,
        user: userInfo().username,
        privateKey,
        knownHosts,
        stateFolder,
      });
    },
    down: () => {
      child.kill('SIGKILL');
      servers.remove();
      controller.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ran(controller: Controller, job: NoopRun): Promise<Took> {
  const child = controller.start(job);
  let said = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the controller ended with ${code}`);
  return JSON.parse(said) as Took;
}
