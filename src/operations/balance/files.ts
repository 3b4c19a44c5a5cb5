import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_OVERLAY, writeInto } from '../../balancing/overlay.ts';
import type { BalanceRecord } from '../../balancing/record.ts';
import { writeWhole } from '../../files/writeFile.ts';
import { balanceFolder, readIfThere, readOverlay, writeOverlay } from '../cluster/overlay.ts';

/** Moves what the overlay says into the deployment file. */
export async function writeIntoDeployment(deploymentFile: string): Promise<void> {
  const overlay = await readOverlay(deploymentFile);
  if (overlay === null) return;
  await writeWhole(deploymentFile, writeInto(await readFile(deploymentFile, 'utf8'), overlay));
  await writeOverlay(deploymentFile, NO_OVERLAY);
}

/** A change that was begun: killed at any point, the next `balance` takes it up from here. */
export interface Pending {
  readonly version: 1;
  readonly target: string;
  readonly before: readonly (readonly [string, string | boolean])[];
  readonly next: readonly (readonly [string, string | boolean])[];
  /** What is known so far of the decision. */
  readonly record: BalanceRecord;
  /** Why it goes back to `before`; absent: it goes on to `next`. */
  readonly goingBack?: string;
}

export async function readPending(deploymentFile: string): Promise<Pending | null> {
  const text = await readIfThere(pendingFile(deploymentFile));
  return text === null ? null : (JSON.parse(text) as Pending);
}

export async function writePending(deploymentFile: string, pending: Pending): Promise<void> {
  await writeWhole(pendingFile(deploymentFile), `${JSON.stringify(pending, null, 1)}\n`);
}

export async function clearPending(deploymentFile: string): Promise<void> {
  await rm(pendingFile(deploymentFile), { force: true });
}

function pendingFile(deploymentFile: string): string {
  return join(balanceFolder(deploymentFile), 'pending.json');
}

/** Oldest first. Lines that a crash cut short are passed over; of a decision that was written twice the last counts. */
export async function readBalanceHistory(deploymentFile: string): Promise<readonly BalanceRecord[]> {
  const text = (await readIfThere(historyFile(deploymentFile))) ?? '';
  const decisions = new Map<string, BalanceRecord>();
  for (const line of text.split('\n')) {
    try {
      const record = JSON.parse(line) as BalanceRecord;
      decisions.set(`${record.at} ${record.target}`, record);
    } catch {}
  }
  return [...decisions.values()];
}

/** Takes away what killed runs left half-written. */
export async function sweepPartials(deploymentFile: string): Promise<void> {
  const folder = balanceFolder(deploymentFile);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.endsWith('.partial')) await rm(join(folder, name), { force: true });
}

export async function appendHistory(deploymentFile: string, record: BalanceRecord): Promise<void> {
  await mkdir(balanceFolder(deploymentFile), { recursive: true });
  const cut = (await readIfThere(historyFile(deploymentFile)))?.endsWith('\n') === false;
  await appendFile(historyFile(deploymentFile), `${cut ? '\n' : ''}${JSON.stringify(record)}\n`);
}

function historyFile(deploymentFile: string): string {
  return join(balanceFolder(deploymentFile), 'history.jsonl');
}
