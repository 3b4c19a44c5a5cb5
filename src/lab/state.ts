import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { LabError } from './labError.ts';
import { LAB_ROOT, labPaths } from './paths.ts';
import { type ProcessIdentity, readIdentity } from './processIdentity.ts';

/** What `lab up` made, written when it is whole. Process ids change with every boot and stand in files of their own. */
export interface LabState {
  readonly name: string;
  /** Which /27 of 198.51.100.0/24. */
  readonly network: number;
  readonly numDies: number;
  /** Folder of the hosts' lower layer. */
  readonly base: string;
  /** null: started without an image. */
  readonly image: { readonly ref: string; readonly id: string } | null;
  readonly hosts: readonly LabHost[];
}

export interface LabHost {
  /** From 1. */
  readonly number: number;
  /** `h1` */
  readonly name: string;
  readonly address: string;
}

export function writeState(state: LabState): void {
  const file = labPaths(state.name).state;
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** null: no such lab, or one that isn't whole. */
export function readState(name: string): LabState | null {
  const file = labPaths(name).state;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabState) : null;
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
