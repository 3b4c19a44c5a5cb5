import { readLocalInputs } from '../operations/localInputs.ts';
import { drawPicture } from '../operations/picture.ts';
import { probe } from '../operations/serve.ts';
import { clusterStatus } from '../operations/status.ts';
import { liveProbes } from '../operations/statusProbes.ts';
import { statusText } from '../report/status.ts';
import { EXIT } from './exitCodes.ts';
import { INTERRUPTED } from './interrupted.ts';
import type { CommandAnswer } from './serveCommand.ts';
import type { Session } from './session.ts';

/** Facts, health of every server and a token, all at once. */
export async function statusCommand(session: Session): Promise<CommandAnswer> {
  const inputs = await readLocalInputs(session.deployment);
  const facts = await probe(session.deployment, inputs, session);
  if (session.signal.aborted) return INTERRUPTED;
  const status = await clusterStatus(
    drawPicture(session.deployment, inputs, facts),
    liveProbes(session.pool, session.signal),
  );
  if (session.signal.aborted) return INTERRUPTED;
  const exitCode =
    status.state === 'serving' ? EXIT.done : status.state === 'unreachable' ? EXIT.unreachable : EXIT.notServing;
  return { answer: status, text: statusText(status), exitCode };
}
