import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { stateFolder } from '../../state/folder.ts';
import { type PastRun, readHistory } from '../../state/history.ts';
import { deploymentFile, loadDeployment } from '../session/loadDeployment.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import { historyText, runText } from './text.ts';

/** `run`: a run's id or its beginning, `last`, or none for the list. */
export async function historyCommand(
  file: string | undefined,
  run: string | undefined,
  limit: number,
): Promise<CommandAnswer> {
  const folder = stateFolder();
  const { deployment } = await loadDeployment(await deploymentFile(file, folder), []);
  const runs = await readHistory(folder, deployment.name);
  if (run === undefined) {
    const shown = runs.slice(0, limit);
    const answer = {
      cluster: deployment.name,
      runs: shown.map(({ results: _, steps: __, asked: ___, ...rest }) => rest),
    };
    return { answer, text: historyText(deployment.name, shown), exitCode: EXIT.done };
  }
  const found = pick(runs, run, deployment.name);
  return { answer: found, text: runText(found), exitCode: EXIT.done };
}

function pick(runs: readonly PastRun[], wanted: string, cluster: string): PastRun {
  const matching = wanted === 'last' ? runs.slice(0, 1) : runs.filter(({ run }) => run.startsWith(wanted));
  const [found] = matching;
  if (found !== undefined && matching.length === 1) return found;
  throw new UserError(
    'no_run',
    matching.length === 0
      ? `No run ${wanted} of ${cluster} was started from here.`
      : `${wanted} is the beginning of ${matching.length} runs: ${matching
          .slice(0, 3)
          .map(({ run }) => run)
          .join(', ')}...`,
    { hint: 'omniplace history lists them.' },
  );
}
