import { existsSync, readFileSync } from 'node:fs';
import { table } from '../report/table.ts';
import { controllerGroup, hierarchies, isFrozen } from './cgroups.ts';
import { askDocker, sshdAnswers } from './health.ts';
import { isRunning } from './host.ts';
import type { ProcessIdentity } from './processIdentity.ts';
import { initOf, type LabHost, type LabState, requireState } from './state.ts';

export interface LabStatus {
  readonly name: string;
  readonly image: string | null;
  readonly numDies: number;
  readonly hosts: readonly HostStatus[];
}

export interface HostStatus {
  readonly name: string;
  readonly address: string;
  readonly power: 'on' | 'off' | 'frozen';
  /** PID 1 of the host, as this machine sees it. */
  readonly init: ProcessIdentity | null;
  readonly sshd: boolean;
  readonly dockerd: boolean;
  readonly containers: readonly { readonly name: string; readonly image: string; readonly state: string }[];
  /** Bytes its processes hold, page cache not counted; null: this machine doesn't count them. */
  readonly memoryBytes: number | null;
}

/** What really is there, asked of the hosts. */
export async function labStatus(name: string): Promise<LabStatus> {
  const lab = requireState(name);
  const hosts = await Promise.all(lab.hosts.map((host) => hostStatus(lab, host)));
  return { name: lab.name, image: lab.image?.ref ?? null, numDies: lab.numDies, hosts };
}

/** The table a person reads. */
export function statusTable({ hosts }: LabStatus): string {
  const rows = hosts.map((host) => [
    host.name,
    host.address,
    host.power,
    host.sshd ? 'answers' : 'silent',
    host.dockerd ? 'answers' : 'silent',
    host.containers.map(({ name, state }) => (state === 'running' ? name : `${name} (${state})`)).join(', ') || '-',
    host.memoryBytes === null ? '-' : `${Math.round(host.memoryBytes / 2 ** 20)} MiB`,
  ]);
  const head = ['HOST', 'ADDRESS', 'POWER', 'SSHD', 'DOCKERD', 'CONTAINERS', 'MEMORY'];
  return table([head, ...rows], head.length).join('\n');
}

async function hostStatus(lab: LabState, host: LabHost): Promise<HostStatus> {
  const running = isRunning(lab, host);
  const frozen = running && isFrozen(hierarchies(), lab.name, host.name);
  const [sshd, ping, list] = await Promise.all([
    running && sshdAnswers(host),
    askDocker(lab.name, host, '/_ping'),
    askDocker(lab.name, host, '/containers/json?all=true'),
  ]);
  return {
    name: host.name,
    address: host.address,
    power: !running ? 'off' : frozen ? 'frozen' : 'on',
    init: running ? initOf(lab.name, host) : null,
    sshd,
    dockerd: ping !== null,
    containers: ((list ?? []) as DockerContainer[]).map(({ Names, Image, State }) => ({
      name: (Names[0] ?? '').replace(/^\//, ''),
      image: Image,
      state: State,
    })),
    memoryBytes: running ? memoryBytes(lab, host) : 0,
  };
}

/** As dockerd's `/containers/json` lists it. */
interface DockerContainer {
  readonly Names: readonly string[];
  readonly Image: string;
  readonly State: string;
}

function memoryBytes(lab: LabState, host: LabHost): number | null {
  const group = controllerGroup(hierarchies(), 'memory', lab.name, host.name);
  const file = `${group}/memory.stat`;
  if (!existsSync(file)) return null;
  // version 1, then version 2
  const line = /^(?:total_rss|anon) (\d+)$/m.exec(readFileSync(file, 'utf8'));
  return line === null ? null : Number(line[1]);
}
