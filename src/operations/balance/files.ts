import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { NO_OVERLAY, type Overlay, overlayText, parseOverlay, writeInto } from '../../balancing/overlay.ts';
import type { BalanceRecord } from '../../balancing/record.ts';
import { writeWhole } from '../../files/writeFile.ts';

/** `cluster.balance/` beside `cluster.yml`: overlay, patterns with their records, history, and what is under way. */
export function balanceFolder(deploymentFile: string): string {
  return join(dirname(deploymentFile), `${basename(deploymentFile, extname(deploymentFile))}.balance`);
}

export function overlayFile(deploymentFile: string): string {
  return join(balanceFolder(deploymentFile), 'overlay.yml');
}

/** Null: there is none. @throws Error for a file that is no overlay */
export async function readOverlay(deploymentFile: string): Promise<Overlay | null> {
  const text = await readIfThere(overlayFile(deploymentFile));
  return text === null ? null : parseOverlay(text);
}

/** An empty overlay is no file. */
export async function writeOverlay(deploymentFile: string, overlay: Overlay): Promise<void> {
  const file = overlayFile(deploymentFile);
  if (overlay.size === 0) await rm(file, { force: true });
  else await writeWhole(file, overlayText(overlay, basename(deploymentFile)));
}

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

async function readIfThere(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
}
