import { appendFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BalanceRecord, BalanceRecordShape, type Pending, PendingShape } from '../../balancing/balance.gen.ts';
import { NO_OVERLAY, writeInto } from '../../balancing/overlay.ts';
import { UserError } from '../../errors/userError.ts';
import { parseJson, parseLoosely } from '../../files/parseJson.ts';
import { readText } from '../../files/readText.ts';
import { writeWhole } from '../../files/writeFile.ts';
import { balanceFolder, readIfThere, readOverlay, writeOverlay } from '../cluster/overlay.ts';

/** Moves what the overlay says into the deployment file. */
export async function writeIntoDeployment(deploymentFile: string): Promise<void> {
  const overlay = await readOverlay(deploymentFile);
  if (overlay === null) return;
  await writeWhole(deploymentFile, writeInto(await readText(deploymentFile), overlay));
  await writeOverlay(deploymentFile, NO_OVERLAY);
}

/** @throws UserError `bad_pending` */
export async function readPending(deploymentFile: string): Promise<Pending | null> {
  const file = pendingFile(deploymentFile);
  const text = await readIfThere(file);
  if (text === null) return null;
  try {
    return parseJson(text, PendingShape);
  } catch (cause) {
    throw new UserError('bad_pending', `${file}: ${(cause as Error).message}`, {
      hint: 'Use the omniplace version that wrote it, or delete it to give up the change that was under way.',
      cause,
    });
  }
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
    const record = parseLoosely(line, BalanceRecordShape);
    if (record !== null) decisions.set(`${record.at} ${record.target}`, record);
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
