import { EXIT } from '../../errors/exitCodes.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import { type CheckAnswer, type CheckFlags, checkPlacementFile } from './check.ts';
import { checkText } from './view/patternCheck.ts';

/** Checks a placement file; with `deployment` also that it fits an instance of it. */
export async function checkCommand(
  file: string,
  flags: CheckFlags & { readonly deployment: string | undefined },
): Promise<CommandAnswer<CheckAnswer>> {
  const instances = flags.deployment === undefined ? null : await instancesIn(flags.deployment);
  const answer = await checkPlacementFile(file, flags, instances);
  const isSound = answer.ok && answer.survive?.covered !== false;
  return { answer, text: checkText(answer), exitCode: isSound ? EXIT.done : EXIT.usage };
}

/** Without a deployment, what reads one is not loaded. */
async function instancesIn(deployment: string) {
  const { instancesOf } = await import('./instances.ts');
  return instancesOf(deployment);
}
