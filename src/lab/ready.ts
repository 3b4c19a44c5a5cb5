import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { askDocker, sshdAnswers } from './health.ts';
import { LabError } from './labError.ts';
import { labPaths } from './labPaths.ts';
import type { LabHost, LabState } from './state.ts';

const DEADLINE_MS = 30_000;

/** Returns when the host's sshd and dockerd both answer. */
export async function hostReady(lab: LabState, host: LabHost, signal?: AbortSignal): Promise<void> {
  try {
    await Promise.all([sshdReady(host, signal), dockerdReady(lab, host, signal)]);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(error.code, `${error.message}\n${lastWords(lab, host)}`, error.hint, { cause: error });
  }
}

export function sshdReady(host: LabHost, signal?: AbortSignal): Promise<void> {
  return until(`the sshd of ${host.name} (${host.address})`, () => sshdAnswers(host), signal);
}

export function dockerdReady(lab: LabState, host: LabHost, signal?: AbortSignal): Promise<void> {
  const answers = async () => (await askDocker(lab.name, host, '/_ping')) !== null;
  return until(`the dockerd of ${host.name} (${host.address})`, answers, signal);
}

async function until(what: string, holds: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      throw new LabError('lab_not_ready', `${what} did not answer in ${DEADLINE_MS / 1000} s`, null);
    }
    await sleep(30, undefined, { signal });
  }
}

/** The ends of the host's own logs, read from outside. */
function lastWords({ name }: LabState, host: LabHost): string {
  const { hosts, run } = labPaths(name);
  const inside = ['boot', 'sshd', 'dockerd'].map((log) => `${hosts}/${host.name}/upper/var/log/${log}.log`);
  return [`${run}/${host.name}.log`, ...inside]
    .filter((log) => existsSync(log))
    .flatMap((log) => readFileSync(log, 'utf8').trim().split('\n').slice(-5))
    .filter(Boolean)
    .join('\n');
}
