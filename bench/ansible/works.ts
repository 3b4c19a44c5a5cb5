import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ansibleRun, MITOGEN_STRATEGIES } from './ansible.ts';
import { floorRun } from './floor.ts';
import type { Hosts } from './hosts.ts';
import { type Job, NUM_FILES, renderedFile, type Work } from './job.ts';
import { meter } from './meter.ts';
import type { Options } from './options.ts';
import { type Bar, type Contestant, type Row, type Run, rowOf } from './row.ts';

const BIG_BYTES = 64 * 1024 * 1024;

export const WORKS: Readonly<Record<Work, { readonly title: string; readonly bar: Bar }>> = {
  files: { title: `${NUM_FILES} rendered files to each`, bar: { ansible: 50, mitogen: 12, cpu: 0.1 } },
  steps: { title: '20 remote steps on each', bar: { ansible: 30, mitogen: 20 } },
  big: { title: '64 MiB to all, on disk and verified', bar: { ansible: 1.5, floor: 0.8 } },
  noop: { title: '10 no-op steps on each', bar: { ansible: 20, memoryMb: 250 } },
};

/** Why a contestant can't take part; null: it can. */
export function missing(who: Contestant): string | null {
  if (who === 'ours' || who === 'floor') return null;
  if (!onPath('ansible-playbook')) return 'ansible-playbook is not installed (apt-get install ansible-core)';
  if (who === 'mitogen' && !existsSync(MITOGEN_STRATEGIES))
    return `${MITOGEN_STRATEGIES} is not there (apt-get install ansible-mitogen)`;
  return null;
}

/** Runs a work by everybody in turn, `runs` times, on hosts that know nothing of it yet. */
export async function runWork(
  work: Work,
  hosts: Hosts,
  folder: string,
  options: Options,
  say: (line: string) => void,
): Promise<Row> {
  // Mitogen carries files in messages of its own: 64 MiB to 16 hosts took it 4 minutes and 142 CPU seconds
  const wanted: Contestant[] = work === 'big' ? ['ours', 'ansible', 'floor'] : ['ours', 'ansible', 'mitogen', 'floor'];
  const contestants = wanted.filter(
    (who) => missing(who) === null && (who === 'ours' || who === 'floor' || !options.oursOnly),
  );
  const big = bigFile(folder);
  const runs = new Map<Contestant, Run[]>(contestants.map((who) => [who, []]));
  for (let round = 0; round < options.runs; round += 1) {
    for (const who of contestants) {
      clean(hosts);
      // what the one before left to be written must not slow this one down
      execFileSync('sync');
      const { argv, env } = command(who, work, hosts, folder, big);
      const hostsBefore = hosts.cpuSeconds();
      const metered = await meter(folder, argv, env);
      // until the sshds have taken leave of their sessions
      await sleep(300);
      const run = { ...metered, hostsCpuS: hosts.cpuSeconds() - hostsBefore };
      if (work === 'files') checkFiles(hosts);
      if (work === 'big') checkBig(hosts, big);
      runs.get(who)!.push(run);
      say(
        `${work} ${who}: ${run.wallS.toFixed(2)} s, ${run.cpuS.toFixed(2)} CPU s, ${run.hostsCpuS.toFixed(2)} on the hosts, ${run.peakMb.toFixed(0)} MiB`,
      );
    }
  }
  return rowOf(WORKS[work].title, hosts.all.length, runs, WORKS[work].bar);
}

function command(who: Contestant, work: Work, hosts: Hosts, folder: string, big: Job['big']) {
  if (who === 'floor') return { argv: floorRun(folder, hosts, work, big), env: {} };
  if (who !== 'ours') return ansibleRun(folder, hosts, work, big.localPath, who === 'mitogen');
  const job: Job = {
    work,
    hosts: hosts.all.map(({ name, address }) => ({ name, address })),
    key: hosts.key,
    knownHosts: hosts.knownHosts,
    stateFolder: join(folder, 'state'),
    big,
  };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  return { argv: [process.execPath, join(folder, 'controller.cjs'), join(folder, 'job.json')], env: {} };
}

function bigFile(folder: string): Job['big'] {
  const localPath = join(folder, 'f64');
  if (!existsSync(localPath)) {
    for (let bytes = 0; bytes < BIG_BYTES; bytes += 1024 * 1024) appendFileSync(localPath, randomBytes(1024 * 1024));
  }
  return { localPath, sha256: sha256(readFileSync(localPath)), sizeBytes: BIG_BYTES };
}

function clean({ all }: Hosts): void {
  for (const { home } of all) {
    for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true, force: true });
  }
}

/** @throws Error when somebody's work was not the same */
function checkFiles({ all }: Hosts): void {
  for (const host of all) {
    for (let item = 1; item <= NUM_FILES; item += 1) {
      const found = readFileSync(join(host.home, `app-${item}.conf`), 'utf8');
      if (found !== renderedFile(host, item)) throw new Error(`${host.name}: app-${item}.conf is ${found}`);
    }
  }
}

function checkBig({ all }: Hosts, big: Job['big']): void {
  for (const host of all) {
    if (sha256(readFileSync(join(host.home, 'f64'))) !== big.sha256) throw new Error(`${host.name}: another f64`);
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}
