import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseLoosely } from '../files/parseJson.ts';
import { type LabHost, type LabState, LabStateShape } from './lab.gen.ts';
import { LabError } from './labError.ts';
import { LAB_ROOT, labPaths } from './labPaths.ts';
import { type ProcessIdentity, readIdentity } from './processIdentity.ts';

export type { LabHost, LabState } from './lab.gen.ts';

export function writeState(state: LabState): void {
  const file = labPaths(state.name).state;
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** null: no such lab, or one that isn't whole. */
export function readState(name: string): LabState | null {
  const file = labPaths(name).state;
  return existsSync(file) ? parseLoosely(readFileSync(file, 'utf8'), LabStateShape) : null;
}

export function requireState(name: string): LabState {
  const state = readState(name);
  if (state !== null) return state;
  const up = labNames().filter((other) => readState(other) !== null);
  const hint = up.length > 0 ? `up are: ${up.join(', ')}` : 'start it with `omniplace lab up`';
  throw new LabError('lab_missing', `no lab named '${name}' is up`, hint);
}

/** Every lab that has left anything here. */
export function labNames(): readonly string[] {
  if (!existsSync(LAB_ROOT)) return [];
  return readdirSync(LAB_ROOT).filter((entry) => !['cache', 'networks'].includes(entry) && !entry.includes('.'));
}

/** PID 1 of a host, as this machine sees it; null: it was never started. */
export function initOf(lab: string, host: LabHost): ProcessIdentity | null {
  return readIdentity(initFile(lab, host));
}

export function initFile(lab: string, host: LabHost): string {
  return `${labPaths(lab).run}/${host.name}.init`;
}
