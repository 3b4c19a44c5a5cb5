import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { labPaths } from '../../src/lab/labPaths.ts';
import type { LabState } from '../../src/lab/state.ts';

export type LabShape = '1p1d' | '2p1d';

/**
 * The text of `inventories/lab-<shape>.yml` for a lab of another name: its addresses, its keys, its code, and a cluster name
 * of its own.
 */
export function inventoryFor(lab: Pick<LabState, 'name' | 'hosts'>, shape: LabShape): string {
  const text = readFileSync(join(packageRoot(), 'inventories', `lab-${shape}.yml`), 'utf8');
  return text
    .replaceAll(labPaths('lab').directory, labPaths(lab.name).directory)
    .replace(/^( *name:) lab-/m, `$1 ${lab.name}-`)
    .replaceAll(/198\.51\.100\.1(\d)/g, (_, digit) => addressOf(lab, Number(digit)));
}

function addressOf(lab: Pick<LabState, 'name' | 'hosts'>, number: number): string {
  const host = lab.hosts.find((candidate) => candidate.number === number);
  if (host === undefined) throw new RangeError(`lab '${lab.name}' has no host ${number}`);
  return host.address;
}

/** Of this package, whether we run from src or from the bundle. */
function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
  }
}
