import { UserError } from '../../errors/userError.ts';
import type { Selection } from '../../plan/select.ts';
import { stateFolder } from '../../state/folder.ts';
import { readHistory } from '../../state/history.ts';
import { deploymentFile, loadDeployment } from '../session/loadDeployment.ts';
import { failedPart, findResumable, type Resumable } from './resume.ts';

/** What `--resume` or `--failed` does: a run of before, and what of it is asked for again. */
export interface Again {
  readonly file: string;
  readonly selection: Selection;
  readonly overrides: readonly string[];
  /** Null for --failed: it plans anew. */
  readonly resumable: Resumable | null;
}

/** @throws UserError when there is nothing to finish */
export async function resumeWish(
  named: string | undefined,
  overrides: readonly string[],
  failedOnly: boolean,
): Promise<Again> {
  const folder = stateFolder();
  const file = await deploymentFile(named, folder);
  const { deployment } = await loadDeployment(file, overrides);
  const found = findResumable(await readHistory(folder, deployment.name), deployment.name);
  const hint = `omniplace serve ${file} plans anew.`;
  if (typeof found === 'string') throw new UserError('nothing_to_resume', found, { hint });
  const selection = failedOnly ? failedPart(found) : found.asked.selection;
  if (selection === null)
    throw new UserError('nothing_to_resume', `Nothing failed in run ${found.past.run}.`, { hint });
  process.stderr.write(`${failedOnly ? 'hosts that failed in' : 'finishing'} run ${found.past.run}\n`);
  return { file, selection, overrides: [...found.asked.overrides, ...overrides], resumable: failedOnly ? null : found };
}
